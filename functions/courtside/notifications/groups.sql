-- list_members: Notifications of these bundles of which nobody has decided yet where they are delivered.
SELECT id, user_id, bundle FROM notifications
WHERE bundle = ANY (%(bundles)s) AND planned_at IS NULL ORDER BY created_at, id;

-- open_groups: Opens groups, each for what is told first, or joins the one that is open; either way nobody sends it before this commits.
INSERT INTO deliveries (id, notification_id, user_id, channel, target, state, reason, created_at, next_at, group_key, count)
SELECT opening.id, n.id, n.user_id, opening.channel, opening.target, opening.state, opening.reason, n.created_at,
       opening.next_at, opening.group_key, opening.count
FROM jsonb_to_recordset(%(opening)s) AS opening (
    id uuid, notification_id uuid, channel text, target text, state text, reason text, next_at timestamptz,
    group_key text, count integer)
JOIN notifications AS n ON n.id = opening.notification_id
ORDER BY n.user_id, opening.channel, opening.target, opening.group_key
ON CONFLICT (user_id, channel, target, group_key)
    WHERE group_key IS NOT NULL AND first_sent_at IS NULL AND state IN ('waiting', 'held')
    DO UPDATE SET count = deliveries.count + excluded.count
RETURNING id, notification_id, user_id, channel, target, group_key;

-- list_left: What deliveries for several have left to tell: what is unread, so still and not over, in the order of what it is about.
SELECT delivery_id, notification_id, payload, expires_at, count FROM (
    SELECT telling.delivery_id, n.id AS notification_id, n.payload,
           CASE WHEN bool_and(n.expires_at IS NOT NULL) OVER whole THEN max(n.expires_at) OVER whole END AS expires_at,
           count(*) OVER whole AS count,
           row_number() OVER (PARTITION BY telling.delivery_id
                              ORDER BY n.payload ->> 'starts_at', n.created_at, n.id) AS position
    FROM (SELECT id AS delivery_id, notification_id FROM deliveries WHERE id = ANY (%(ids)s)
          UNION ALL
          SELECT merged_into, notification_id FROM deliveries WHERE merged_into = ANY (%(ids)s)) AS telling
    JOIN notifications AS n ON n.id = telling.notification_id
    LEFT JOIN bookings AS b ON %(states)s::jsonb ? n.type AND b.id = (n.payload ->> 'booking_id')::uuid
    LEFT JOIN allocations AS a ON %(states)s::jsonb ? n.type AND a.id = (n.payload ->> 'allocation_id')::uuid
    WHERE (n.expires_at IS NULL OR n.expires_at > clock_timestamp())
      -- Nobody has to read a receipt.
      AND (n.receipt OR (n.read_at IS NULL AND n.archived_at IS NULL))
      -- What nothing is known of is as it was told.
      AND coalesce(%(states)s::jsonb -> n.type
          ? coalesce(b.status, CASE WHEN a.remaining > 0 THEN 'unspent' WHEN a.id IS NOT NULL THEN 'spent' END), true)
    WINDOW whole AS (PARTITION BY telling.delivery_id)
) AS left_to_tell WHERE position <= %(most)s ORDER BY delivery_id, position;

-- follow_leaders: Has those that joined deliveries end as these did, or be told again with them.
UPDATE deliveries AS member SET state = ending.state, reason = ending.reason
FROM (SELECT id, CASE WHEN state IN ('failed', 'cancelled') THEN state ELSE 'merged' END AS state,
             CASE WHEN state IN ('failed', 'cancelled') THEN reason ELSE %(merged)s END AS reason
      FROM deliveries WHERE id = ANY (%(ids)s)) AS ending
WHERE member.merged_into = ending.id AND member.state IN ('merged', 'failed', 'cancelled')
  AND (member.state, member.reason) IS DISTINCT FROM (ending.state, ending.reason);
