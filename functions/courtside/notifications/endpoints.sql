-- insert_endpoint: A receiver of webhooks.
INSERT INTO webhook_endpoints (id, url, description, types, secret, created_at)
VALUES (%(id)s, %(url)s, %(description)s, %(types)s, %(secret)s, %(now)s);

-- find_endpoint: A receiver that was not removed, held until commit.
SELECT id, url, description, types, active, stopped, created_at, last_success_at, last_failure_at, last_failure,
       failures_in_a_row
FROM webhook_endpoints WHERE id = %(id)s AND removed_at IS NULL FOR NO KEY UPDATE;

-- update_endpoint: Writes what an admin changed of a receiver; one that is started again has a clean record.
UPDATE webhook_endpoints SET
    url = %(url)s, description = %(description)s, types = %(types)s, active = %(active)s, stopped = %(stopped)s,
    failures_in_a_row = CASE WHEN %(active)s AND NOT active THEN 0 ELSE failures_in_a_row END
WHERE id = %(id)s;

-- rotate_secret: Gives a receiver a new secret; the former one signs as well for a day.
UPDATE webhook_endpoints SET old_secret = secret, old_secret_until = %(now)s + interval '24 hours', secret = %(secret)s
WHERE id = %(id)s;

-- remove_endpoint: Ends a receiver, and what still waits for it.
WITH ended AS (
    UPDATE outbox SET dead_at = %(now)s, last_error = 'endpoint removed'
    WHERE kind = 'webhook' AND target = %(id)s::text AND done_at IS NULL AND dead_at IS NULL
)
UPDATE webhook_endpoints SET removed_at = %(now)s, active = false WHERE id = %(id)s;

-- list_endpoints: Every receiver with its record and what waits for it.
SELECT e.id, e.url, e.description, e.types, e.active, e.stopped, e.created_at, e.last_success_at, e.last_failure_at,
       e.last_failure, e.failures_in_a_row,
       (SELECT count(*) FROM outbox AS o
        WHERE o.kind = 'webhook' AND o.target = e.id::text AND o.done_at IS NULL AND o.dead_at IS NULL) AS waiting,
       (SELECT count(*) FROM outbox AS o
        WHERE o.kind = 'webhook' AND o.target = e.id::text AND o.dead_at IS NOT NULL) AS given_up
FROM webhook_endpoints AS e WHERE e.removed_at IS NULL ORDER BY e.created_at, e.id;

-- list_deliveries: Messages for a receiver, newest first, before a message.
SELECT o.id, o.payload ->> 'type' AS type, o.created_at, o.attempts, o.next_at, o.done_at, o.dead_at, o.last_error
FROM outbox AS o
WHERE o.kind = 'webhook' AND o.target = %(id)s::text
  AND (%(before_at)s::timestamptz IS NULL OR (o.created_at, o.id) < (%(before_at)s, %(before_id)s::uuid))
  AND (NOT %(failed)s OR (o.done_at IS NULL AND o.last_error IS NOT NULL))
ORDER BY o.created_at DESC, o.id DESC LIMIT %(limit)s;

-- replay: Has messages delivered once more, whatever became of them.
UPDATE outbox SET done_at = NULL, dead_at = NULL, attempts = 0, last_error = NULL, next_at = %(now)s,
                  lease_token = NULL, lease_until = NULL
WHERE kind = 'webhook' AND target = %(id)s::text
  AND (%(message_id)s::uuid IS NULL OR outbox.id = %(message_id)s)
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
  AND coalesce(lease_until, '-infinity') < clock_timestamp();

-- lease_messages: Leases due messages that nobody holds, few for each receiver so that a slow one holds up no other.
WITH ranked AS (
    SELECT o.id, o.next_at, row_number() OVER (PARTITION BY o.target ORDER BY o.next_at) AS place
    FROM outbox AS o JOIN webhook_endpoints AS e ON e.id = o.target::uuid
    WHERE o.kind = 'webhook' AND o.done_at IS NULL AND o.dead_at IS NULL AND o.next_at <= clock_timestamp()
      AND coalesce(o.lease_until, '-infinity') < clock_timestamp() AND e.active AND e.removed_at IS NULL
), due AS (
    SELECT o.id FROM outbox AS o
    WHERE o.id IN (SELECT id FROM ranked WHERE place <= %(per_endpoint)s ORDER BY next_at LIMIT %(limit)s)
      AND coalesce(o.lease_until, '-infinity') < clock_timestamp()
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o
SET lease_token = %(token)s, lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    attempts = o.attempts + 1
FROM due, webhook_endpoints AS e
WHERE o.id = due.id AND e.id = o.target::uuid
RETURNING o.id, e.id AS endpoint_id, o.payload, o.created_at, o.attempts, e.url, e.secret,
          CASE WHEN e.old_secret_until > clock_timestamp() THEN e.old_secret END AS old_secret;

-- settle_message: Records what became of an attempt, if its lease still holds.
UPDATE outbox SET
    done_at = CASE WHEN %(error)s::text IS NULL THEN clock_timestamp() END,
    dead_at = CASE WHEN %(error)s IS NOT NULL AND %(pause)s::float8 IS NULL THEN clock_timestamp() END,
    next_at = clock_timestamp() + make_interval(secs => coalesce(%(pause)s::float8, 0)),
    last_error = %(error)s, lease_token = NULL, lease_until = NULL
WHERE id = %(id)s AND lease_token = %(token)s;

-- note_outcome: Writes an attempt into the receiver's record.
UPDATE webhook_endpoints SET
    last_success_at = CASE WHEN %(error)s::text IS NULL THEN clock_timestamp() ELSE last_success_at END,
    last_failure_at = CASE WHEN %(error)s IS NULL THEN last_failure_at ELSE clock_timestamp() END,
    last_failure = coalesce(%(error)s, last_failure),
    failures_in_a_row = CASE WHEN %(error)s IS NULL THEN 0 ELSE failures_in_a_row + 1 END,
    active = active AND NOT %(gone)s,
    stopped = CASE WHEN %(gone)s THEN 'gone' ELSE stopped END
WHERE id = %(id)s
RETURNING failures_in_a_row, last_success_at;
