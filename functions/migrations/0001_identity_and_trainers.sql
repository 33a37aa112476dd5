-- Accounts, trainers, what they offer and when they work.

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE users (
    id           text PRIMARY KEY
                 CONSTRAINT users_id_is_a_path_segment CHECK (id ~ '^[A-Za-z0-9_-]{1,128}$'),
    role         text NOT NULL CONSTRAINT users_role_known CHECK (role IN ('client', 'trainer', 'admin', 'support')),
    display_name text NOT NULL,
    email        text,
    phone        text,
    locale       text NOT NULL DEFAULT 'en',
    time_zone    text NOT NULL DEFAULT 'UTC',
    created_at   timestamptz NOT NULL,
    blocked_at   timestamptz
);

CREATE TABLE trainers (
    id                 text PRIMARY KEY REFERENCES users,
    status             text NOT NULL CONSTRAINT trainers_status_known CHECK (status IN ('applied', 'approved', 'rejected')),
    display_name       text NOT NULL,
    headline           text NOT NULL DEFAULT '',
    bio                text NOT NULL DEFAULT '',
    city               text NOT NULL DEFAULT '',
    specialties        text[] NOT NULL DEFAULT '{}',
    languages          text[] NOT NULL DEFAULT '{}',
    time_zone          text NOT NULL,
    min_notice_minutes integer NOT NULL DEFAULT 60,
    horizon_days       integer NOT NULL DEFAULT 28,
    slot_step_minutes  integer NOT NULL DEFAULT 30,
    applied_at         timestamptz NOT NULL,
    approved_at        timestamptz,
    CONSTRAINT trainers_numbers_sane CHECK (
        min_notice_minutes BETWEEN 0 AND 43200 AND horizon_days BETWEEN 1 AND 366 AND slot_step_minutes BETWEEN 5 AND 1440)
);

CREATE TABLE services (
    id                    uuid PRIMARY KEY,
    trainer_id            text NOT NULL REFERENCES trainers,
    name                  text NOT NULL,
    description           text NOT NULL DEFAULT '',
    duration_minutes      integer NOT NULL,
    buffer_before_minutes integer NOT NULL DEFAULT 0,
    buffer_after_minutes  integer NOT NULL DEFAULT 0,
    capacity              integer NOT NULL DEFAULT 1,
    price_minor           bigint NOT NULL,
    currency              text NOT NULL,
    active                boolean NOT NULL DEFAULT true,
    created_at            timestamptz NOT NULL,
    CONSTRAINT services_numbers_sane CHECK (
        duration_minutes BETWEEN 5 AND 720 AND buffer_before_minutes BETWEEN 0 AND 240
        AND buffer_after_minutes BETWEEN 0 AND 240 AND capacity BETWEEN 1 AND 500 AND price_minor >= 0),
    CONSTRAINT services_name_unique UNIQUE (trainer_id, name)
);

-- Minutes from local midnight, past 1440 for hours that run into the next day.
CREATE TABLE weekly_hours (
    trainer_id text NOT NULL REFERENCES trainers,
    weekday    integer NOT NULL CONSTRAINT weekly_hours_iso_weekday CHECK (weekday BETWEEN 1 AND 7),
    hours      int4multirange NOT NULL,
    PRIMARY KEY (trainer_id, weekday)
);

-- The hours of one date instead of its weekday's; no hours means closed.
CREATE TABLE overrides (
    trainer_id text NOT NULL REFERENCES trainers,
    on_date    date NOT NULL,
    hours      int4multirange NOT NULL,
    PRIMARY KEY (trainer_id, on_date)
);
