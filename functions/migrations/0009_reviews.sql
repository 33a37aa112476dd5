-- Reviews and what they amount to; disputes with their evidence and outcome.

CREATE TABLE reviews (
    id            uuid PRIMARY KEY,
    booking_id    uuid NOT NULL REFERENCES bookings,
    client_id     text NOT NULL REFERENCES users,
    trainer_id    text NOT NULL REFERENCES trainers,
    rating        integer NOT NULL CONSTRAINT reviews_rating_known CHECK (rating BETWEEN 1 AND 5),
    text          text NOT NULL,
    reply         text,
    replied_at    timestamptz,
    created_at    timestamptz NOT NULL,
    edited_at     timestamptz,
    -- Hidden by an admin, with the reason.
    hidden_at     timestamptz,
    hidden_reason text,
    deleted_at    timestamptz
);

CREATE UNIQUE INDEX reviews_one_per_booking ON reviews (booking_id) WHERE deleted_at IS NULL;
CREATE INDEX reviews_by_trainer ON reviews (trainer_id, created_at);

-- What a trainer's visible reviews amount to; changed with each of them, in the same transaction.
CREATE TABLE ratings (
    trainer_id text PRIMARY KEY REFERENCES trainers,
    total      bigint NOT NULL,
    count      integer NOT NULL,
    CONSTRAINT ratings_plausible CHECK (count >= 0 AND total BETWEEN count AND 5 * count)
);

CREATE TABLE disputes (
    id            uuid PRIMARY KEY,
    booking_id    uuid NOT NULL REFERENCES bookings,
    client_id     text NOT NULL REFERENCES users,
    trainer_id    text NOT NULL REFERENCES trainers,
    opened_by     text NOT NULL REFERENCES users,
    reason        text NOT NULL,
    status        text NOT NULL CONSTRAINT disputes_status_known
                  CHECK (status IN ('open', 'answered', 'lapsed', 'resolved', 'withdrawn')),
    answer_by     timestamptz NOT NULL,
    opened_at     timestamptz NOT NULL,
    closed_at     timestamptz,
    outcome       text CONSTRAINT disputes_outcome_known CHECK (outcome IN ('for_client', 'for_trainer', 'split')),
    resolution    text,
    returned_minor   bigint NOT NULL DEFAULT 0,
    refunded_credits integer NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX disputes_one_at_a_time ON disputes (booking_id) WHERE status IN ('open', 'answered', 'lapsed');
CREATE INDEX disputes_unanswered ON disputes (answer_by) WHERE status = 'open';

-- What the parties say, in order; never changed.
CREATE TABLE dispute_statements (
    dispute_id uuid NOT NULL REFERENCES disputes,
    position   integer NOT NULL,
    author     text NOT NULL REFERENCES users,
    text       text NOT NULL,
    links      text[] NOT NULL DEFAULT '{}',
    said_at    timestamptz NOT NULL,
    PRIMARY KEY (dispute_id, position)
);
