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
    user_id      text PRIMARY KEY REFERENCES users,
    token_digest bytea NOT NULL CONSTRAINT calendar_feeds_token_unique UNIQUE,
    created_at   timestamptz NOT NULL
);

-- How often and when what a calendar shows of a booking or session has changed: SEQUENCE and DTSTAMP of its event.
ALTER TABLE bookings ADD COLUMN revision integer NOT NULL DEFAULT 0, ADD COLUMN changed_at timestamptz;
ALTER TABLE sessions ADD COLUMN revision integer NOT NULL DEFAULT 0, ADD COLUMN changed_at timestamptz;

CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision := OLD.revision + 1;
    NEW.changed_at := now();
    RETURN NEW;
END $$;

CREATE TRIGGER bookings_revised BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN ((OLD.session_id, OLD.status) IS DISTINCT FROM (NEW.session_id, NEW.status))
    EXECUTE FUNCTION count_revision();
CREATE TRIGGER sessions_revised BEFORE UPDATE ON sessions FOR EACH ROW
    WHEN ((OLD.status, OLD.title, OLD.seats_taken, OLD.capacity)
          IS DISTINCT FROM (NEW.status, NEW.title, NEW.seats_taken, NEW.capacity))
    EXECUTE FUNCTION count_revision();

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
