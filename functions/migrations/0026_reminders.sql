-- Reminders: how long before its start whoever is in a session is told of it, and since when a booking stands.

ALTER TABLE services
    ADD COLUMN reminders integer[] NOT NULL DEFAULT '{1440,60}', -- minutes before the start; empty: none
    ADD CONSTRAINT services_reminders_sane CHECK (
        cardinality(reminders) <= 5 AND 5 <= ALL (reminders) AND 20160 >= ALL (reminders));

-- What was due before it was confirmed, or moved to where it is, is told no more; null: since it was made.
ALTER TABLE bookings ADD COLUMN stands_since timestamptz;

CREATE INDEX sessions_ahead ON sessions (starts_at) WHERE status = 'confirmed';

-- Trainers' documents say of each service when it reminds.
UPDATE projection SET want = want + 1, wanted_at = now(), next_at = now(), attempts = 0, dead_at = NULL
WHERE path IN (SELECT 'trainers/' || id FROM trainers);
