-- What senders need of deliveries: when each was first tried, and those that were given up at a glance.

-- From then on counts how long it is worth sending; one that was held is not older for it.
ALTER TABLE deliveries ADD COLUMN first_sent_at timestamptz;

CREATE INDEX deliveries_dead ON deliveries (created_at) WHERE state = 'dead';
