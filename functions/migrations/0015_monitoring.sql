-- How the relay fares. What only tells of the last hours is unlogged: it costs no disk flush, and a crash may forget it.

-- How long items of a kind took for a step, as counted by one process in one minute: `counts` of each of `buckets`.
CREATE UNLOGGED TABLE relay_latencies (
    minute  timestamptz NOT NULL,
    process uuid NOT NULL,
    kind    text NOT NULL,
    step    text NOT NULL,
    buckets integer[] NOT NULL,
    counts  bigint[] NOT NULL,
    PRIMARY KEY (minute, process, kind, step),
    CONSTRAINT relay_latencies_paired CHECK (cardinality(buckets) = cardinality(counts))
);

-- How many attempts failed and were made again.
CREATE UNLOGGED TABLE relay_retries (
    minute  timestamptz NOT NULL,
    process uuid NOT NULL,
    kind    text NOT NULL,
    count   bigint NOT NULL,
    PRIMARY KEY (minute, process, kind)
);

CREATE UNLOGGED TABLE relay_workers (
    process    uuid PRIMARY KEY,
    name       text NOT NULL,               -- host and process id, for whoever has to find it
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);

-- What `health/{service}` shows admins, as it was last measured.
CREATE TABLE health_reports (
    service     text PRIMARY KEY,
    measured_at timestamptz NOT NULL,
    report      jsonb NOT NULL
);

-- Few are ever given up; counting them must not read everything.
CREATE INDEX projection_dead ON projection (dead_at) WHERE dead_at IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (dead_at) WHERE dead_at IS NOT NULL;
