-- claim_planning: Whether nobody else decides just now: what one decides counts for the next about the same person.
SELECT pg_try_advisory_xact_lock(hashtext('courtside.notifications.plan')) AS is_ours, clock_timestamp() AS now;

-- list_people: Ways to tell people, and what they have set; installations the most recently used first.
SELECT u.id AS user_id, u.email IS NOT NULL AS has_address, coalesce(s.time_zone, u.time_zone) AS time_zone,
       coalesce(s.enabled, true) AS enabled, coalesce(s.types, '{}') AS types, coalesce(s.quiet, '[]') AS quiet,
       coalesce((SELECT jsonb_agg(jsonb_build_object('id', i.id, 'refreshed_at', i.refreshed_at) ORDER BY i.refreshed_at DESC)
                 FROM installations AS i
                 WHERE i.user_id = u.id AND i.state = 'active' AND i.refreshed_at > clock_timestamp() - %(expired_after)s),
                '[]') AS installations
FROM users AS u LEFT JOIN notification_settings AS s ON s.user_id = u.id
WHERE u.id = ANY (%(user_ids)s) AND u.deleted_at IS NULL;

-- list_told: What people were told lately, or will be: a line for each notification and channel, with its moment.
SELECT d.user_id, d.channel, n.priority, n.group_key, max(coalesce(d.accepted_at, d.next_at)) AS at,
       bool_or(d.group_key IS NOT NULL AND d.first_sent_at IS NULL AND d.state IN ('waiting', 'held')) AS is_open
FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id
WHERE d.user_id = ANY (%(user_ids)s) AND d.state IN ('waiting', 'held', 'sending', 'accepted')
  AND d.created_at > clock_timestamp() - interval '2 days'
  AND coalesce(d.accepted_at, d.next_at) > clock_timestamp() - %(lately)s
GROUP BY d.user_id, d.channel, n.id ORDER BY at;
