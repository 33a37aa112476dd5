-- Sessions and the seats booked in them; the exclusion constraint is what makes a double booking impossible.

CREATE TABLE sessions (
    id          uuid PRIMARY KEY,
    trainer_id  text NOT NULL REFERENCES trainers,
    service_id  uuid NOT NULL REFERENCES services,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    -- The trainer's time that this session takes: its own, widened by its buffers.
    busy        tstzrange NOT NULL,
    capacity    integer NOT NULL,
    seats_taken integer NOT NULL,
    status      text NOT NULL CONSTRAINT sessions_status_known
                CHECK (status IN ('open', 'booked', 'confirmed', 'in_progress', 'completed', 'cancelled')),
    created_at  timestamptz NOT NULL,
    CONSTRAINT sessions_end_after_start CHECK (starts_at < ends_at AND busy @> tstzrange(starts_at, ends_at)),
    CONSTRAINT sessions_seats_within_capacity CHECK (seats_taken BETWEEN 0 AND capacity),
    CONSTRAINT sessions_do_not_overlap EXCLUDE USING gist (trainer_id WITH =, busy WITH &&) WHERE (status <> 'cancelled')
);

CREATE INDEX sessions_by_trainer_and_start ON sessions (trainer_id, starts_at);

CREATE TABLE bookings (
    id            uuid PRIMARY KEY,
    session_id    uuid NOT NULL REFERENCES sessions,
    client_id     text NOT NULL REFERENCES users,
    status        text NOT NULL CONSTRAINT bookings_status_known
                  CHECK (status IN ('confirmed', 'completed', 'no_show', 'cancelled')),
    price_minor   bigint NOT NULL,
    currency      text NOT NULL,
    reschedules   integer NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    cancelled_at  timestamptz,
    cancelled_by  text REFERENCES users,
    cancel_reason text
);

CREATE UNIQUE INDEX bookings_one_seat_per_client ON bookings (session_id, client_id) WHERE status <> 'cancelled';
CREATE INDEX bookings_by_client ON bookings (client_id, created_at);
