-- What a commit leaves to be carried out: documents to write again, entries to deliver once, answers, audit.

-- One row per Firestore document. Work is `want > have`: there is no cursor, so nothing committed late is skipped.
CREATE TABLE projection (
    path        text PRIMARY KEY,
    want        bigint NOT NULL,               -- raised by each transaction that changes a fact in the document
    have        bigint NOT NULL DEFAULT 0,     -- the version known to be in Firestore
    update_time timestamptz,                   -- Firestore's, of that version: the precondition of the next write
    wanted_at   timestamptz NOT NULL,          -- when `want` was last raised, at the end of that transaction
    next_at     timestamptz NOT NULL,          -- not to be tried before
    lease_token uuid,
    lease_until timestamptz,
    attempts    integer NOT NULL DEFAULT 0,
    dead_at     timestamptz,
    last_error  text,
    CONSTRAINT projection_versions_ordered CHECK (have BETWEEN 0 AND want)
);

CREATE INDEX projection_due ON projection (next_at) WHERE want > have AND dead_at IS NULL;

-- What must happen once each. The id is the receiver's key for dropping repeats.
CREATE TABLE outbox (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,
    target      text NOT NULL,
    payload     jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    next_at     timestamptz NOT NULL,
    lease_token uuid,
    lease_until timestamptz,
    attempts    integer NOT NULL DEFAULT 0,
    done_at     timestamptz,
    dead_at     timestamptz,
    last_error  text
);

CREATE INDEX outbox_due ON outbox (next_at) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

-- The answer that each command id gave, given again whenever it is repeated.
CREATE TABLE commands (
    uid         text NOT NULL,
    command_id  uuid NOT NULL,
    name        text NOT NULL,
    fingerprint bytea NOT NULL,
    answer      jsonb,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (uid, command_id)
);

CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    actor      text NOT NULL,
    command    text NOT NULL,
    command_id uuid NOT NULL,
    request_id text NOT NULL,
    subject    text NOT NULL,
    before     jsonb,
    after      jsonb
);

CREATE INDEX audit_by_subject ON audit (subject, at);

CREATE TABLE notifications (
    id         uuid PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users,
    type       text NOT NULL,
    payload    jsonb NOT NULL,
    dedupe_key text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at    timestamptz,
    CONSTRAINT notifications_once UNIQUE (user_id, dedupe_key)
);
