-- Deletions of accounts: how far each has come; and the one change that what only grows allows: clearing a personal text.

CREATE TABLE erasures (
    user_id        text PRIMARY KEY REFERENCES users,
    requested_at   timestamptz NOT NULL,
    requested_by   text NOT NULL,
    -- Whoever has the receipt may ask how far it is; of the receipt nothing is kept but its digest.
    receipt_digest bytea NOT NULL CONSTRAINT erasures_receipt_unique UNIQUE,
    -- What is to be done next, and after which item of it; null when there is nothing left.
    step           text CONSTRAINT erasures_step_known CHECK (step IN
                   ('bookings', 'sessions', 'disputes', 'credits', 'texts', 'audit', 'messages', 'documents', 'traces')),
    after          text NOT NULL DEFAULT '',
    next_at        timestamptz NOT NULL,
    lease_until    timestamptz,
    attempts       integer NOT NULL DEFAULT 0,
    last_error     text,
    finished_at    timestamptz
);

CREATE INDEX erasures_due ON erasures (next_at) WHERE step IS NOT NULL;

-- When personal texts were taken out of a line; who did what to which subject, and when, stays as it was written.
ALTER TABLE audit ADD COLUMN cleared_at timestamptz;

CREATE FUNCTION refuse_change_but_clearing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.cleared_at IS NOT NULL OR NEW.cleared_at IS NULL
       OR to_jsonb(NEW) - '{before,after,reason,cleared_at}'::text[] <> to_jsonb(OLD) - '{before,after,reason,cleared_at}'::text[]
       OR (NEW.reason IS NULL) <> (OLD.reason IS NULL)
       OR ARRAY(SELECT jsonb_object_keys(coalesce(NEW.before, '{}'))) <> ARRAY(SELECT jsonb_object_keys(coalesce(OLD.before, '{}')))
       OR ARRAY(SELECT jsonb_object_keys(coalesce(NEW.after, '{}'))) <> ARRAY(SELECT jsonb_object_keys(coalesce(OLD.after, '{}')))
    THEN
        RAISE EXCEPTION '% only ever grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER audit_only_grows ON audit;
CREATE TRIGGER audit_only_grows BEFORE DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_only_clears BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_clearing();

CREATE FUNCTION refuse_ledger_change_but_clearing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reason <> '' OR to_jsonb(NEW) - 'reason' <> to_jsonb(OLD) - 'reason' THEN
        RAISE EXCEPTION '% only ever grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER ledger_transfers_only_grow ON ledger_transfers;
CREATE TRIGGER ledger_transfers_only_grow BEFORE DELETE OR TRUNCATE ON ledger_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_transfers_only_clear BEFORE UPDATE ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change_but_clearing();
