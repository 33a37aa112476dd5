-- What an account may do changes at once: older sign-ins are void, rules read it, and Firebase Auth is told.

ALTER TABLE users
    ADD COLUMN tokens_valid_from timestamptz, -- sign-ins before it are void; whole seconds, as tokens tell them
    ADD COLUMN deleted_at        timestamptz;

-- Whoever takes a role away locks all who administer, to leave one.
CREATE INDEX users_administering ON users (id) WHERE role = 'admin';

-- A trainer whose account is blocked, or is a client's again, is out of the public's sight until it is a trainer's.
ALTER TABLE trainers
    DROP CONSTRAINT trainers_status_known,
    ADD CONSTRAINT trainers_status_known
        CHECK (status IN ('applied', 'approved', 'rejected', 'suspended', 'deleted'));

-- Why a dangerous command was given.
ALTER TABLE audit ADD COLUMN reason text;

-- What Firebase Auth knows of an account: state, not a queue. Work is `want > have`, as with documents.
CREATE TABLE claims_mirror (
    user_id     text PRIMARY KEY REFERENCES users,
    want        bigint NOT NULL,           -- raised by each transaction that changes what the account may do
    have        bigint NOT NULL DEFAULT 0, -- the version that Firebase Auth was told
    next_at     timestamptz NOT NULL,      -- not to be tried before
    lease_token uuid,
    lease_until timestamptz,
    attempts    integer NOT NULL DEFAULT 0,
    last_error  text,
    CONSTRAINT claims_mirror_versions_ordered CHECK (have BETWEEN 0 AND want)
);

CREATE INDEX claims_mirror_due ON claims_mirror (next_at) WHERE want > have;

-- By a trigger, so that no way to take something from an account can forget to tell.
CREATE FUNCTION want_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO claims_mirror AS mirror (user_id, want, next_at) VALUES (NEW.id, 1, clock_timestamp())
    ON CONFLICT (user_id) DO UPDATE SET
        want = mirror.want + 1,
        next_at = CASE WHEN mirror.want = mirror.have THEN clock_timestamp() ELSE mirror.next_at END;
    RETURN NULL;
END $$;

CREATE TRIGGER users_want_claims_when_made AFTER INSERT ON users
    FOR EACH ROW EXECUTE FUNCTION want_claims();

CREATE TRIGGER users_want_claims_when_changed AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.role, OLD.blocked_at, OLD.deleted_at, OLD.tokens_valid_from)
          IS DISTINCT FROM (NEW.role, NEW.blocked_at, NEW.deleted_at, NEW.tokens_valid_from))
    EXECUTE FUNCTION want_claims();

-- For the accounts that there are: their claims, and the documents by which rules know them.
INSERT INTO claims_mirror (user_id, want, next_at) SELECT id, 1, now() FROM users;

INSERT INTO projection (path, want, wanted_at, next_at)
SELECT 'access/' || id, 1, now(), now() FROM users ORDER BY id;
