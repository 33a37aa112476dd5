-- Allocations of credits, and the double-entry ledger of every movement of credits and fees.

CREATE TABLE allocations (
    id         uuid PRIMARY KEY,
    client_id  text NOT NULL REFERENCES users,
    amount     integer NOT NULL CONSTRAINT allocations_amount_positive CHECK (amount > 0),
    -- What is left of it; the sum of its lines in the ledger.
    remaining  integer NOT NULL CONSTRAINT allocations_never_negative CHECK (remaining >= 0),
    expires_at timestamptz,
    -- Whom and what it pays for; null is any.
    trainer_id text REFERENCES trainers,
    service_id uuid REFERENCES services,
    reason     text NOT NULL,
    granted_by text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE INDEX allocations_by_client ON allocations (client_id, expires_at) WHERE remaining > 0;
CREATE INDEX allocations_expiring ON allocations (expires_at) WHERE remaining > 0 AND expires_at IS NOT NULL;

-- One movement. Its lines balance in every unit.
CREATE TABLE ledger_transfers (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL CONSTRAINT ledger_transfers_kind_known CHECK (kind IN
               ('grant', 'spend', 'refund', 'expire', 'adjust', 'fee', 'fee_return')),
    booking_id uuid REFERENCES bookings,
    reason     text NOT NULL DEFAULT '',
    actor      text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE INDEX ledger_transfers_by_booking ON ledger_transfers (booking_id) WHERE booking_id IS NOT NULL;

CREATE TABLE ledger_lines (
    transfer_id   uuid NOT NULL REFERENCES ledger_transfers,
    position      integer NOT NULL,
    -- `allocation:<id>`, `client:<uid>`, `trainer:<uid>`, and the house's own: `issued`, `spent`, `expired`.
    account       text NOT NULL,
    -- `credit`, or a currency in its minor units.
    unit          text NOT NULL,
    amount        bigint NOT NULL CONSTRAINT ledger_lines_move_something CHECK (amount <> 0),
    allocation_id uuid REFERENCES allocations,
    PRIMARY KEY (transfer_id, position)
);

CREATE INDEX ledger_lines_by_account ON ledger_lines (account, unit);
CREATE INDEX ledger_lines_by_allocation ON ledger_lines (allocation_id) WHERE allocation_id IS NOT NULL;

CREATE FUNCTION require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_lines WHERE transfer_id = NEW.transfer_id GROUP BY unit HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'transfer % does not balance', NEW.transfer_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- Looked at when the transaction commits, with all lines there.
CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT ON ledger_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_balance();

CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only ever grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'raise_exception';
END $$;

CREATE TRIGGER ledger_transfers_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_lines_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
