-- How people are told, by the hour: counts and durations that outlive the rows they were counted from, and hold nobody.

-- When a document was in Firestore for the first time.
ALTER TABLE projection ADD COLUMN first_written_at timestamptz;

-- Hours that were counted, by when their notifications were written.
CREATE TABLE notification_hours (
    hour       timestamptz PRIMARY KEY,
    counted_at timestamptz NOT NULL,
    -- How long that took: the longer, the more seldom.
    took_seconds double precision NOT NULL DEFAULT 0
);

-- What became of an hour's notifications of a type on a channel; each is in exactly one of the first seven states.
CREATE TABLE notification_counts (
    hour         timestamptz NOT NULL REFERENCES notification_hours ON DELETE CASCADE,
    type         text NOT NULL,
    channel      text NOT NULL
        CONSTRAINT notification_counts_channel_known CHECK (channel IN ('inbox', 'push', 'email', 'webhook')),
    waiting      integer NOT NULL,
    held         integer NOT NULL,
    accepted     integer NOT NULL,             -- of the inbox: shown to its reader's screens
    failed       integer NOT NULL,
    dead         integer NOT NULL,
    merged       integer NOT NULL,
    cancelled    integer NOT NULL,
    received     integer NOT NULL,             -- these four as clients tell
    shown        integer NOT NULL,
    clicked      integer NOT NULL,
    acted        integer NOT NULL,
    reasons      jsonb NOT NULL,               -- state:reason → how many
    arrivals     jsonb NOT NULL,               -- bucket of the time until it was accepted → how many
    acts         jsonb NOT NULL,               -- bucket of the time until its reader acted → how many
    PRIMARY KEY (hour, type, channel)
);

-- Hours of which a reader told something after they were counted for the last time; only ever added to by commands,
-- so that nobody waits for anybody.
CREATE TABLE notification_recounts (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hour timestamptz NOT NULL
);

-- Channels that a process leaves alone, since their receivers are in trouble or asked for it.
CREATE UNLOGGED TABLE channel_pauses (
    breaker  uuid NOT NULL,
    channel  text NOT NULL,
    until    timestamptz NOT NULL,             -- from then on one attempt is made as a probe
    failing  boolean NOT NULL,                 -- false: the receiver asked for it
    PRIMARY KEY (breaker, channel)
);

CREATE INDEX notifications_by_time ON notifications (created_at, id);
CREATE INDEX deliveries_by_time ON deliveries (created_at, id);
