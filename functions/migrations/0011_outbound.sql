-- What leaves the house: calendar feeds and webhooks; and an audit that only ever grows.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only ever grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'raise_exception';
END $$;

CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_actor ON audit (actor, id);

-- Secret addresses of calendars; of the secret only its digest is kept.
CREATE TABLE calendar_feeds (
    token_digest bytea PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users,
    created_at   timestamptz NOT NULL,
    revoked_at   timestamptz
);

CREATE UNIQUE INDEX calendar_feeds_one_each ON calendar_feeds (user_id) WHERE revoked_at IS NULL;

CREATE TABLE webhook_endpoints (
    id                  uuid PRIMARY KEY,
    url                 text NOT NULL,
    description         text NOT NULL DEFAULT '',
    -- Feed event types; none: all of them.
    types               text[] NOT NULL DEFAULT '{}',
    secret              text NOT NULL,
    -- Signs as well until then, so that receivers can change over.
    old_secret          text,
    old_secret_until    timestamptz,
    active              boolean NOT NULL DEFAULT true,
    -- Why it is not: an admin's act, or the receiver's own 410 Gone.
    stopped             text,
    created_at          timestamptz NOT NULL,
    removed_at          timestamptz,
    last_success_at     timestamptz,
    last_failure_at     timestamptz,
    last_failure        text,
    failures_in_a_row   integer NOT NULL DEFAULT 0
);
