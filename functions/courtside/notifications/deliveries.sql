-- lease_unplanned: Takes notifications of which nobody has decided yet where they are delivered, and who is to be told; held until commit.
SELECT n.id, n.user_id, n.type, n.priority, n.receipt, n.payload, n.count, n.language, n.time_zone, n.created_at,
       n.expires_at, n.read_at, n.archived_at, n.snoozed_until, n.bundle
FROM notifications AS n WHERE n.planned_at IS NULL AND n.next_at <= clock_timestamp()
-- What is told to many comes last.
ORDER BY n.broadcast_id IS NOT NULL, n.next_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED;

-- insert_deliveries: Writes what was decided, each way to tell once.
INSERT INTO deliveries (id, notification_id, user_id, channel, target, state, reason, created_at, next_at, count,
                        merged_into, yields)
SELECT planned.id, planned.notification_id, n.user_id, planned.channel, planned.target, planned.state, planned.reason,
       n.created_at, planned.next_at, planned.count, planned.merged_into, n.broadcast_id IS NOT NULL
FROM jsonb_to_recordset(%(planned)s) AS planned (
    id uuid, notification_id uuid, channel text, target text, state text, reason text, next_at timestamptz,
    count integer, merged_into uuid)
JOIN notifications AS n ON n.id = planned.notification_id
ON CONFLICT ON CONSTRAINT deliveries_once DO NOTHING;

-- mark_planned: Notes that it is decided.
UPDATE notifications SET planned_at = clock_timestamp() WHERE id = ANY (%(ids)s);

-- postpone_planning: Has it decided later what could not be decided now.
UPDATE notifications SET attempts = attempts + 1,
    next_at = clock_timestamp() + make_interval(secs => least(3600, 10 * 2 ^ least(attempts, 10)))
WHERE id = ANY (%(ids)s);

-- lease_deliveries: Leases what is due on a channel and nobody holds: a lease that ran out is due like all else, and what is told to many comes last.
WITH first AS MATERIALIZED (
    SELECT id, notification_id, user_id, target FROM deliveries
    WHERE channel = %(channel)s AND NOT yields AND state IN ('waiting', 'held', 'sending') AND next_at <= clock_timestamp()
    ORDER BY next_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), last AS MATERIALIZED (
    SELECT id, notification_id, user_id, target FROM deliveries
    WHERE channel = %(channel)s AND yields AND state IN ('waiting', 'held', 'sending') AND next_at <= clock_timestamp()
    ORDER BY next_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), due AS (
    -- In this order, and no more of the last than there is room for.
    SELECT id, notification_id, user_id, target FROM first
    UNION ALL
    SELECT id, notification_id, user_id, target FROM last
    LIMIT %(limit)s
)
UPDATE deliveries AS d
SET state = 'sending', lease_token = %(token)s, attempts = d.attempts + 1,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    next_at = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    -- What was held and is released early was to be sent later.
    first_sent_at = CASE WHEN d.attempts > 0 THEN least(d.first_sent_at, clock_timestamp()) ELSE clock_timestamp() END
FROM due
JOIN notifications AS n ON n.id = due.notification_id
JOIN users AS u ON u.id = due.user_id
LEFT JOIN notification_settings AS s ON s.user_id = due.user_id
LEFT JOIN installations AS i ON i.id = due.target
-- What it tells of, where it may have become untrue since.
LEFT JOIN bookings AS b ON n.type = ANY (%(tied)s) AND b.id = (n.payload ->> 'booking_id')::uuid
LEFT JOIN sessions AS e ON n.type = ANY (%(tied)s) AND e.id = CASE
    WHEN n.payload ? 'booking_id' THEN b.session_id ELSE (n.payload ->> 'session_id')::uuid END
LEFT JOIN allocations AS a ON n.type = ANY (%(tied)s) AND a.id = (n.payload ->> 'allocation_id')::uuid
WHERE d.id = due.id
RETURNING d.id, d.notification_id, d.user_id, d.channel, d.target, d.attempts, d.created_at, d.first_sent_at,
          n.type, n.priority, n.receipt, n.payload, d.count, d.group_key, n.language, n.time_zone, n.expires_at,
          n.read_at, n.archived_at, e.starts_at AS subject_starts_at,
          coalesce(b.status, e.status, CASE WHEN a.remaining > 0 THEN 'unspent' WHEN a.id IS NOT NULL THEN 'spent' END)
              AS subject_status,
          coalesce(s.enabled, true) AS enabled, coalesce(s.types, '{}') AS chosen, coalesce(s.quiet, '[]') AS quiet,
          coalesce(s.time_zone, u.time_zone) AS quiet_zone, u.email, i.user_id AS owner_id,
          i.platform, i.token, i.state AS installation_state, clock_timestamp() AS now,
          EXISTS (SELECT FROM broadcasts WHERE broadcasts.id = n.broadcast_id AND broadcasts.state = 'stopped') AS stopped;

-- settle_deliveries: Records what became of attempts whose lease still holds.
UPDATE deliveries AS d SET
    state = outcome.state, last_error = CASE WHEN outcome.tried THEN outcome.error ELSE d.last_error END,
    -- What was decided before it was sent stands, unless it ends otherwise.
    reason = CASE WHEN outcome.state IN ('accepted', 'waiting') THEN d.reason ELSE outcome.reason END,
    provider_id = coalesce(outcome.provider_id, d.provider_id),
    accepted_at = CASE WHEN outcome.state = 'accepted' THEN clock_timestamp() ELSE d.accepted_at END,
    attempts = d.attempts - CASE WHEN outcome.tried THEN 0 ELSE 1 END,
    -- What is held is not older for it when its time comes; its group stays closed.
    first_sent_at = CASE WHEN outcome.state = 'held' THEN clock.now + make_interval(secs => outcome.pause_seconds)
                         ELSE d.first_sent_at END,
    next_at = clock.now + make_interval(secs => outcome.pause_seconds),
    lease_token = NULL, lease_until = NULL
FROM (SELECT clock_timestamp() AS now) AS clock, jsonb_to_recordset(%(outcomes)s) AS outcome (
    id uuid, state text, reason text, error text, provider_id text, tried boolean, pause_seconds float8)
WHERE d.id = outcome.id AND d.lease_token = %(token)s;

-- settle_installations: Ends installations, unless they got another token meanwhile.
UPDATE installations AS i SET state = ended.state, reason = ended.reason
FROM jsonb_to_recordset(%(ended)s) AS ended (id text, token text, state text, reason text)
WHERE i.id = ended.id AND i.token = ended.token AND i.state = 'active';

-- revive_renewed: Has sent again what failed with a token that its app has replaced since.
UPDATE deliveries AS d SET state = 'waiting', reason = NULL, next_at = clock_timestamp()
FROM jsonb_to_recordset(%(ended)s) AS ended (id text, token text, delivery_id uuid)
JOIN installations AS i ON i.id = ended.id
WHERE d.id = ended.delivery_id AND i.state = 'active' AND i.token <> ended.token;
