-- Seats that are held, requested, waited for, offered, completed and missed; open classes; series; fees.

ALTER TABLE sessions
    -- Made by the trainer for anyone to join: stays when its last seat is given back.
    ADD COLUMN open_class   boolean NOT NULL DEFAULT false,
    ADD COLUMN title        text NOT NULL DEFAULT '',
    ADD COLUMN cancelled_at timestamptz,
    ADD COLUMN completed_at timestamptz;

CREATE TABLE series (
    id         uuid PRIMARY KEY,
    client_id  text NOT NULL REFERENCES users,
    service_id uuid NOT NULL REFERENCES services,
    -- RFC 5545, counted on the wall clock of the zone that the trainer had then.
    rrule      text NOT NULL,
    starts_on  timestamp NOT NULL,
    time_zone  text NOT NULL,
    exceptions date[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL
);

CREATE INDEX series_by_client ON series (client_id, created_at);

ALTER TABLE bookings
    DROP CONSTRAINT bookings_status_known,
    ADD CONSTRAINT bookings_status_known CHECK (status IN
        ('held', 'pending', 'confirmed', 'completed', 'no_show', 'cancelled', 'waitlisted', 'offered')),
    ADD COLUMN seats         integer NOT NULL DEFAULT 1,
    -- When a hold, a request or an offer ends by itself.
    ADD COLUMN expires_at    timestamptz,
    ADD COLUMN waitlisted_at timestamptz,
    ADD COLUMN booked_by     text REFERENCES users,
    -- How a cancelled booking ended: by whose act, or by which clock.
    ADD COLUMN ended         text,
    ADD COLUMN late          boolean NOT NULL DEFAULT false,
    ADD COLUMN grace_used    boolean NOT NULL DEFAULT false,
    ADD COLUMN fee_minor     bigint NOT NULL DEFAULT 0,
    ADD COLUMN fee_credits   integer NOT NULL DEFAULT 0,
    ADD COLUMN pay_with_credits boolean NOT NULL DEFAULT false,
    ADD COLUMN credits_spent integer NOT NULL DEFAULT 0,
    ADD COLUMN waived_reason text,
    ADD COLUMN series_id     uuid REFERENCES series,
    ADD COLUMN series_on     date,
    ADD CONSTRAINT bookings_numbers_sane CHECK (
        seats BETWEEN 1 AND 500 AND fee_minor >= 0 AND fee_credits >= 0 AND credits_spent >= 0),
    -- What can end by itself says when; what cannot, never does.
    ADD CONSTRAINT bookings_expire_if_provisional CHECK (
        (status IN ('held', 'pending', 'offered')) = (expires_at IS NOT NULL)),
    ADD CONSTRAINT bookings_wait_since CHECK (status <> 'waitlisted' OR waitlisted_at IS NOT NULL);

CREATE INDEX bookings_expiring ON bookings (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX bookings_waiting ON bookings (session_id, waitlisted_at, id) WHERE status = 'waitlisted';
CREATE INDEX bookings_by_series ON bookings (series_id, series_on) WHERE series_id IS NOT NULL;
CREATE INDEX sessions_unfinished ON sessions (ends_at) WHERE status IN ('open', 'booked', 'confirmed', 'in_progress');
