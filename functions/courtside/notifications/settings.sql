-- insert_settings: Gives somebody a row to set something in.
INSERT INTO notification_settings (user_id) VALUES (%(user_id)s) ON CONFLICT DO NOTHING;

-- lock_settings: What somebody has set, held until commit.
SELECT enabled, types, quiet, time_zone, digest, language FROM notification_settings
WHERE user_id = %(user_id)s FOR UPDATE;

-- find_settings: What somebody has set.
SELECT enabled, types, quiet, time_zone, digest, language FROM notification_settings WHERE user_id = %(user_id)s;

-- update_settings: Writes what somebody has set.
UPDATE notification_settings SET enabled = %(enabled)s, types = %(types)s, quiet = %(quiet)s,
       time_zone = %(time_zone)s, digest = %(digest)s, language = %(language)s,
       -- Whoever chooses digests anew was not waiting for one.
       digest_next_at = CASE digest WHEN 'none' THEN to_timestamp(0) ELSE digest_next_at END
WHERE user_id = %(user_id)s;

-- lock_open: Deliveries of somebody that wait for their time and are not being sent, held until commit; in the order of `open_groups`.
SELECT d.id, d.channel, d.state, d.next_at, n.type, n.priority, n.receipt, d.reason
FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id
WHERE d.user_id = %(user_id)s AND d.state IN ('waiting', 'held')
ORDER BY d.channel, d.target, d.group_key, d.id FOR NO KEY UPDATE OF d;

-- update_open: Writes what becomes of a delivery that waits.
UPDATE deliveries SET state = %(state)s, reason = %(reason)s, next_at = %(next_at)s WHERE id = %(id)s;
