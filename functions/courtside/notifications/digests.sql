-- list_pages: A line for each page of people for whom it may be time for a digest.
SELECT generate_series(1, ceil(count(*)::numeric / %(page)s)::integer)::text AS subject FROM (
    SELECT FROM notification_settings AS s JOIN users AS u ON u.id = s.user_id
    WHERE s.digest <> 'none' AND s.digest_next_at <= %(now)s AND u.deleted_at IS NULL AND u.blocked_at IS NULL
      AND s.types #>> '{digest.sent,email}' IS DISTINCT FROM 'false'
    LIMIT %(most)s) AS due;

-- lock_due: People for whom it may be time and at whom nobody else looks, the longest waiting first; with their last digest.
SELECT s.user_id, s.digest, coalesce(s.time_zone, u.time_zone) AS time_zone, s.digest_next_at AS next_at,
       last.created_at AS last_at, (last.payload ->> 'since')::timestamptz AS last_since,
       EXISTS (SELECT FROM deliveries AS d
               WHERE d.notification_id = last.id AND d.state IN ('sending', 'accepted')) AS told
FROM notification_settings AS s
JOIN users AS u ON u.id = s.user_id
LEFT JOIN notifications AS last ON last.id = s.digest_id
WHERE s.digest <> 'none' AND s.digest_next_at <= %(now)s AND u.deleted_at IS NULL AND u.blocked_at IS NULL
  AND s.types #>> '{digest.sent,email}' IS DISTINCT FROM 'false'
ORDER BY s.digest_next_at LIMIT %(page)s FOR UPDATE OF s SKIP LOCKED;

-- insert_digests: Makes the digests that are due, one for a date, and notes of all when to look again.
WITH looked AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(looked)s) AS person (
        user_id text, is_due boolean, next_at timestamptz, since timestamptz, dedupe_key text)
), made AS (
    INSERT INTO notifications (id, user_id, type, priority, receipt, payload, dedupe_key, language, time_zone,
                               created_at, expires_at, next_at, read_at, archived_at)
    SELECT gen_random_uuid(), u.id, 'digest.sent', 'low', true,
           jsonb_build_object('since', looked.since, 'until', %(now)s::timestamptz), looked.dedupe_key,
           coalesce(s.language, u.locale), coalesce(s.time_zone, u.time_zone), %(now)s, %(lapses_at)s, %(now)s,
           -- No inbox shows it.
           %(now)s, %(now)s
    FROM looked JOIN users AS u ON u.id = looked.user_id JOIN notification_settings AS s ON s.user_id = u.id
    WHERE looked.is_due
    ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
    RETURNING id, user_id
)
UPDATE notification_settings AS s
SET digest_next_at = looked.next_at, digest_id = coalesce(made.id, s.digest_id)
FROM looked LEFT JOIN made ON made.user_id = looked.user_id
WHERE s.user_id = looked.user_id;

-- lock_digest: Somebody who wants digests, held until commit.
SELECT s.user_id, s.digest, coalesce(s.time_zone, u.time_zone) AS time_zone, s.digest_next_at AS next_at
FROM notification_settings AS s JOIN users AS u ON u.id = s.user_id
WHERE s.user_id = %(user_id)s AND s.digest <> 'none' FOR UPDATE OF s;

-- update_next_at: Notes when to look again.
UPDATE notification_settings SET digest_next_at = %(next_at)s WHERE user_id = %(user_id)s;

-- list_unread_in: What of the time of each digest is unread now, the newest first, and how much that is.
SELECT digest.delivery_id, unread.type, unread.payload, unread.count
FROM jsonb_to_recordset(%(digests)s) AS digest (
    delivery_id uuid, user_id text, since timestamptz, until timestamptz)
CROSS JOIN LATERAL (
    SELECT n.type, n.payload, n.created_at, count(*) OVER () AS count FROM notifications AS n
    WHERE n.user_id = digest.user_id AND n.created_at > digest.since AND n.created_at <= digest.until
      AND n.read_at IS NULL AND n.archived_at IS NULL AND NOT n.receipt AND n.snoozed_until IS NULL
    ORDER BY n.created_at DESC, n.id LIMIT %(most)s) AS unread
ORDER BY digest.delivery_id, unread.created_at DESC;
