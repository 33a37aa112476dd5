-- What clients were held to when they cancelled, moved or missed a booking late; each waiver and free exception.

CREATE TABLE penalties (
    id            uuid PRIMARY KEY,
    booking_id    uuid NOT NULL REFERENCES bookings,
    client_id     text NOT NULL REFERENCES users,
    trainer_id    text NOT NULL REFERENCES trainers,
    kind          text NOT NULL CONSTRAINT penalties_kind_known CHECK (kind IN ('cancel', 'reschedule', 'no_show')),
    rule          text NOT NULL,
    -- The first day of the month, in the trainer's zone, in which the session would have started.
    month         date NOT NULL,
    late          boolean NOT NULL,
    grace_used    boolean NOT NULL,
    fee_minor     bigint NOT NULL CONSTRAINT penalties_fee_not_negative CHECK (fee_minor >= 0),
    fee_credits   integer NOT NULL CONSTRAINT penalties_fee_credits_not_negative CHECK (fee_credits >= 0),
    waived_reason text,
    decided_at    timestamptz NOT NULL
);

CREATE INDEX penalties_by_booking ON penalties (booking_id);
CREATE INDEX penalties_grace ON penalties (client_id, trainer_id, month) WHERE grace_used;

-- Of a booking's moves, those that its client made and the policy counts.
ALTER TABLE bookings ADD COLUMN own_reschedules integer NOT NULL DEFAULT 0;
