-- list_people: Whom notifications are for: ways to tell, what was set, and the times of pushes of the last hour or to come.
SELECT u.id AS user_id, u.email IS NOT NULL AS has_address, clock_timestamp() AS now,
       coalesce(s.time_zone, u.time_zone) AS time_zone, coalesce(s.enabled, true) AS enabled,
       coalesce(s.types, '{}') AS types, coalesce(s.quiet, '[]') AS quiet,
       coalesce((SELECT jsonb_agg(jsonb_build_array(i.id, i.refreshed_at) ORDER BY i.refreshed_at DESC)
                 FROM installations AS i WHERE i.user_id = u.id AND i.state = 'active'), '[]') AS installations,
       coalesce((SELECT jsonb_agg(jsonb_build_array(sent.at, sent.priority)) FROM (
           SELECT min(d.next_at) AS at, n.priority
           FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id
           WHERE d.user_id = u.id AND d.channel = 'push' AND d.state IN ('waiting', 'held', 'sending', 'accepted')
             AND d.created_at > clock_timestamp() - interval '9 days'
             AND d.next_at > clock_timestamp() - interval '1 hour'
           GROUP BY n.id) AS sent), '[]') AS pushes
FROM users AS u LEFT JOIN notification_settings AS s ON s.user_id = u.id
WHERE u.id = ANY (%(user_ids)s);

-- insert_settings: Gives somebody a row to set something in.
INSERT INTO notification_settings (user_id) VALUES (%(user_id)s) ON CONFLICT DO NOTHING;

-- lock_settings: What somebody has set, held until commit.
SELECT enabled, types, quiet, time_zone, digest, language FROM notification_settings
WHERE user_id = %(user_id)s FOR UPDATE;

-- find_settings: What somebody has set.
SELECT enabled, types, quiet, time_zone, digest, language FROM notification_settings WHERE user_id = %(user_id)s;

-- update_settings: Writes what somebody has set.
UPDATE notification_settings SET enabled = %(enabled)s, types = %(types)s, quiet = %(quiet)s,
       time_zone = %(time_zone)s, digest = %(digest)s, language = %(language)s
WHERE user_id = %(user_id)s;

-- lock_open: Deliveries of somebody that wait for their time and are not being sent, held until commit.
SELECT d.id, d.channel, d.state, d.next_at, n.type, n.priority, n.receipt
FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id
WHERE d.user_id = %(user_id)s AND d.state IN ('waiting', 'held') ORDER BY d.id FOR NO KEY UPDATE OF d;

-- update_open: Writes what becomes of a delivery that waits.
UPDATE deliveries SET state = %(state)s, reason = %(reason)s, next_at = %(next_at)s WHERE id = %(id)s;
