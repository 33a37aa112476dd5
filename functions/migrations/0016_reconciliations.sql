-- One comparison of Firestore with what Postgres says: how far it came, so that another process can go on, and what it found.
CREATE TABLE reconciliations (
    id          uuid PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,          -- when its progress was last written
    finished_at timestamptz,
    repairs     boolean NOT NULL,
    stage       text NOT NULL DEFAULT '',      -- empty before the first
    after       text NOT NULL DEFAULT '',      -- the last item that was judged in this stage
    seen        bigint NOT NULL DEFAULT 0,
    in_flight   bigint NOT NULL DEFAULT 0,
    repaired    bigint NOT NULL DEFAULT 0,
    drift       jsonb NOT NULL DEFAULT '{}',   -- kind → count
    examples    jsonb NOT NULL DEFAULT '[]'
);

CREATE INDEX reconciliations_by_start ON reconciliations (started_at);
