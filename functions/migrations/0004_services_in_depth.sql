-- How a service may be booked: its own times, its room, confirmation, waitlist, credits and policy.

-- What several trainers share and only one session can use at a time: a room, a lane, a van.
CREATE TABLE resources (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CONSTRAINT resources_name_unique UNIQUE,
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);

ALTER TABLE trainers
    ADD COLUMN daily_cap  integer,
    ADD COLUMN weekly_cap integer,
    ADD CONSTRAINT trainers_caps_sane CHECK (daily_cap BETWEEN 1 AND 100 AND weekly_cap BETWEEN 1 AND 500);

ALTER TABLE services
    -- Null: as the trainer has it.
    ADD COLUMN slot_step_minutes      integer,
    ADD COLUMN min_notice_minutes     integer,
    ADD COLUMN horizon_days           integer,
    ADD COLUMN step_offset_minutes    integer NOT NULL DEFAULT 0,
    ADD COLUMN daily_cap              integer,
    ADD COLUMN weekly_cap             integer,
    ADD COLUMN resource_id            uuid REFERENCES resources,
    ADD COLUMN hold_minutes           integer NOT NULL DEFAULT 5,
    ADD COLUMN requires_confirmation  boolean NOT NULL DEFAULT false,
    ADD COLUMN confirm_within_minutes integer NOT NULL DEFAULT 1440,
    ADD COLUMN max_seats_per_booking  integer NOT NULL DEFAULT 1,
    -- No offer time: whoever waits longest is promoted at once.
    ADD COLUMN waitlist_offer_minutes integer NOT NULL DEFAULT 30,
    ADD COLUMN waitlist_close_minutes integer NOT NULL DEFAULT 60,
    -- Zero: cannot be paid with credits.
    ADD COLUMN credit_price           integer NOT NULL DEFAULT 0,
    ADD COLUMN policy                 jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT services_times_sane CHECK (
        slot_step_minutes BETWEEN 5 AND 1440 AND min_notice_minutes BETWEEN 0 AND 43200
        AND horizon_days BETWEEN 1 AND 366 AND step_offset_minutes BETWEEN 0 AND 1439
        AND daily_cap BETWEEN 1 AND 100 AND weekly_cap BETWEEN 1 AND 500),
    ADD CONSTRAINT services_booking_sane CHECK (
        hold_minutes BETWEEN 1 AND 60 AND confirm_within_minutes BETWEEN 5 AND 20160
        AND max_seats_per_booking BETWEEN 1 AND capacity
        AND waitlist_offer_minutes BETWEEN 0 AND 1440 AND waitlist_close_minutes BETWEEN 0 AND 43200
        AND credit_price BETWEEN 0 AND 1000);

-- Hours of one service in place of the trainer's; without a service, the trainer's own.
ALTER TABLE weekly_hours
    DROP CONSTRAINT weekly_hours_pkey,
    ADD COLUMN service_id uuid REFERENCES services,
    ADD CONSTRAINT weekly_hours_once UNIQUE NULLS NOT DISTINCT (trainer_id, service_id, weekday);

-- Time that a trainer takes off, by instants; dates are turned into them in the trainer's zone.
CREATE TABLE time_off (
    id         uuid PRIMARY KEY,
    trainer_id text NOT NULL REFERENCES trainers,
    off        tstzrange NOT NULL,
    reason     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    CONSTRAINT time_off_takes_time CHECK (NOT isempty(off) AND lower(off) IS NOT NULL AND upper(off) IS NOT NULL)
);

CREATE INDEX time_off_by_trainer ON time_off USING gist (trainer_id, off);

-- The room of a session, kept from the service at the time of booking.
ALTER TABLE sessions
    ADD COLUMN resource_id uuid REFERENCES resources,
    ADD CONSTRAINT sessions_do_not_share_a_resource EXCLUDE USING gist (resource_id WITH =, busy WITH &&)
        WHERE (resource_id IS NOT NULL AND status <> 'cancelled');
