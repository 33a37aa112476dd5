-- insert_allocation: A package of credits, full.
INSERT INTO allocations (id, client_id, amount, remaining, expires_at, trainer_id, service_id, reason, granted_by, created_at)
VALUES (%(id)s, %(client_id)s, %(amount)s, %(amount)s, %(expires_at)s, %(trainer_id)s, %(service_id)s, %(reason)s,
        %(granted_by)s, %(now)s);

-- lock_usable: A client's allocations that can pay for a service now, held until commit in one order for everybody.
SELECT id, client_id, amount, remaining, expires_at, trainer_id, service_id, reason, created_at
FROM allocations
WHERE client_id = %(client_id)s AND remaining > 0 AND (expires_at IS NULL OR expires_at > %(now)s)
  AND (trainer_id IS NULL OR trainer_id = %(trainer_id)s) AND (service_id IS NULL OR service_id = %(service_id)s)
ORDER BY id FOR NO KEY UPDATE;

-- lock_allocation: One allocation, held until commit.
SELECT id, client_id, amount, remaining, expires_at, trainer_id, service_id, reason, created_at
FROM allocations WHERE id = %(id)s FOR NO KEY UPDATE;

-- change_remaining: Moves what is left of allocations, all in one order; the CHECK keeps each from going below zero.
UPDATE allocations SET remaining = remaining + change.amount
FROM (SELECT a.id, c.amount
      FROM unnest(%(ids)s::uuid[], %(amounts)s::int[]) AS c (id, amount) JOIN allocations AS a ON a.id = c.id
      ORDER BY a.id FOR NO KEY UPDATE OF a) AS change
WHERE allocations.id = change.id;

-- insert_transfer: One movement with its lines.
WITH transfer AS (
    INSERT INTO ledger_transfers (id, kind, booking_id, reason, actor, created_at)
    VALUES (%(id)s, %(kind)s, %(booking_id)s, %(reason)s, %(actor)s, %(now)s)
    RETURNING id
)
INSERT INTO ledger_lines (transfer_id, position, account, unit, amount, allocation_id)
SELECT transfer.id, line.position, line.account, line.unit, line.amount, line.allocation_id
FROM transfer, jsonb_to_recordset(%(lines)s)
     AS line (position int, account text, unit text, amount bigint, allocation_id uuid);

-- list_spent: What a booking has taken from each allocation and not got back, in the order in which it was taken.
SELECT line.allocation_id, allocation.client_id, (-sum(line.amount))::int AS amount
FROM ledger_lines AS line
JOIN ledger_transfers AS transfer ON transfer.id = line.transfer_id
JOIN allocations AS allocation ON allocation.id = line.allocation_id
WHERE transfer.booking_id = %(booking_id)s AND transfer.kind IN ('spend', 'refund')
GROUP BY line.allocation_id, allocation.client_id HAVING sum(line.amount) < 0
ORDER BY min(transfer.created_at), min(line.position);

-- find_fee: What is due for a booking, and to whom.
SELECT replace(debtor.account, 'client:', '') AS client_id, replace(creditor.account, 'trainer:', '') AS trainer_id,
       debtor.unit AS currency, (-sum(debtor.amount))::bigint AS due_minor
FROM ledger_transfers AS transfer
JOIN ledger_lines AS debtor ON debtor.transfer_id = transfer.id AND debtor.account LIKE 'client:%%'
JOIN ledger_lines AS creditor ON creditor.transfer_id = transfer.id AND creditor.account LIKE 'trainer:%%'
WHERE transfer.booking_id = %(booking_id)s AND transfer.kind IN ('fee', 'fee_return')
GROUP BY 1, 2, 3;

-- list_expired_clients: Clients with credits whose time is over.
SELECT DISTINCT client_id AS id FROM allocations WHERE remaining > 0 AND expires_at <= %(now)s ORDER BY 1 LIMIT %(limit)s;

-- lock_expired: A client's allocations whose time is over, held until commit.
SELECT id, client_id, amount, remaining, expires_at, trainer_id, service_id, reason, created_at
FROM allocations WHERE client_id = %(client_id)s AND remaining > 0 AND expires_at <= %(now)s ORDER BY id FOR NO KEY UPDATE;

-- list_allocations: What clients have left, first to expire first.
SELECT id, client_id, amount, remaining, expires_at, trainer_id, service_id, reason, created_at
FROM allocations WHERE client_id = ANY (%(client_ids)s) AND remaining > 0
ORDER BY client_id, expires_at NULLS LAST, created_at, id;

-- list_fees_due: What clients owe, by currency.
SELECT replace(account, 'client:', '') AS client_id, unit AS currency, (-sum(amount))::bigint AS due_minor
FROM ledger_lines WHERE account = ANY (SELECT 'client:' || id FROM unnest(%(client_ids)s::text[]) AS id)
GROUP BY account, unit HAVING sum(amount) <> 0 ORDER BY 1, 2;

-- list_movements: A person's movements of credits and fees, newest first, before a movement.
SELECT transfer.id AS transfer_id, transfer.kind, transfer.booking_id, transfer.reason, line.unit,
       sum(line.amount)::bigint AS amount, transfer.created_at
FROM ledger_transfers AS transfer JOIN ledger_lines AS line ON line.transfer_id = transfer.id
LEFT JOIN allocations AS allocation ON allocation.id = line.allocation_id
WHERE (allocation.client_id = %(client_id)s OR line.account = 'client:' || %(client_id)s)
  AND (%(before_at)s::timestamptz IS NULL OR (transfer.created_at, transfer.id) < (%(before_at)s, %(before_id)s::uuid))
GROUP BY transfer.id, line.unit
ORDER BY transfer.created_at DESC, transfer.id DESC LIMIT %(limit)s;
