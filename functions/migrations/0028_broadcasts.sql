-- Broadcasts: what admins tell many people at once, and how far it has come.

CREATE TABLE broadcasts (
    id         uuid PRIMARY KEY,
    texts      jsonb NOT NULL,                 -- language → {title, body}
    audience   jsonb NOT NULL,                 -- {to} and, as that asks, role, trainer_id or city
    priority   text NOT NULL CONSTRAINT broadcasts_priority_known CHECK (priority IN ('low', 'medium')),
    per_minute integer NOT NULL CONSTRAINT broadcasts_rate_positive CHECK (per_minute > 0),
    created_by text NOT NULL REFERENCES users,
    reason     text NOT NULL,
    confirmed  integer NOT NULL,               -- how many the sender was shown
    total      integer NOT NULL,               -- how many there were when it was sent
    sent       integer NOT NULL DEFAULT 0,     -- in how many inboxes it is
    kept_back  integer NOT NULL DEFAULT 0,     -- deliveries that a stop cancelled
    state      text NOT NULL DEFAULT 'running'
        CONSTRAINT broadcasts_state_known CHECK (state IN ('running', 'stopped', 'done')),
    reached    text NOT NULL DEFAULT '',       -- the last person whose turn it was, in the order of ids
    started_at timestamptz NOT NULL,           -- whoever registers later is not meant
    next_at    timestamptz NOT NULL,           -- not to be gone on with before
    counted_at timestamptz NOT NULL,
    stopped_at timestamptz,
    stopped_by text REFERENCES users,
    ended_at   timestamptz                     -- from then on nothing more is sent of it
);

CREATE INDEX broadcasts_due ON broadcasts (next_at) WHERE ended_at IS NULL;
CREATE INDEX broadcasts_by_start ON broadcasts (started_at, id);
CREATE UNIQUE INDEX broadcasts_one_at_a_time ON broadcasts (state) WHERE state = 'running';

ALTER TABLE notifications ADD COLUMN broadcast_id uuid REFERENCES broadcasts;
CREATE INDEX notifications_of_broadcast ON notifications (broadcast_id) WHERE broadcast_id IS NOT NULL;

-- What is told to many lets whatever else is due go first: nobody's booking waits behind thousands of announcements.
ALTER TABLE deliveries ADD COLUMN yields boolean NOT NULL DEFAULT false;
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (channel, yields, next_at) WHERE state IN ('waiting', 'held', 'sending');

-- Whom an audience means: everybody, people of a role, whom a trainer saw within a year or will see, or the same of a
-- city's trainers with these themselves. Blocked and deleted accounts are nobody's audience. Of what an audience does not
-- name nobody is meant; written so that it becomes part of the query that asks, which goes through users in their order.
CREATE FUNCTION broadcast_audience(audience jsonb, as_of timestamptz) RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$
    SELECT users.id FROM users
    WHERE users.deleted_at IS NULL AND users.blocked_at IS NULL AND users.created_at <= as_of
      AND (audience ->> 'to' = 'everybody'
           OR users.role = audience ->> 'role'
           OR users.id IN (
               SELECT trainers.id FROM trainers
               WHERE trainers.status = 'approved' AND lower(trainers.city) = lower(audience ->> 'city'))
           OR users.id IN (
               SELECT bookings.client_id
               FROM trainers JOIN sessions ON sessions.trainer_id = trainers.id
               JOIN bookings ON bookings.session_id = sessions.id
               WHERE (trainers.id = audience ->> 'trainer_id'
                      OR trainers.status = 'approved' AND lower(trainers.city) = lower(audience ->> 'city'))
                 AND sessions.starts_at > as_of - interval '365 days'
                 AND bookings.status IN ('pending', 'confirmed', 'completed', 'no_show')));
$$;
