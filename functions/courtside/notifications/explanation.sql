-- find_explained: What a notification is, and whose.
SELECT n.id, n.user_id, n.type, n.priority, n.receipt, n.created_at, n.planned_at, n.expires_at, n.read_at,
       n.archived_at, n.snoozed_until, u.email IS NOT NULL AS has_address
FROM notifications AS n JOIN users AS u ON u.id = n.user_id WHERE n.id = %(id)s;

-- list_explained: Ways in which it was, will be or will not be told.
SELECT d.channel, d.target, i.platform, d.state, d.reason, d.last_error, d.count, leader.notification_id AS merged_into,
       d.attempts, d.next_at, d.accepted_at, d.received_at, d.shown_at, d.clicked_at, d.acted_at
FROM deliveries AS d LEFT JOIN installations AS i ON i.id = d.target AND i.user_id = d.user_id
LEFT JOIN deliveries AS leader ON leader.id = d.merged_into
WHERE d.notification_id = %(id)s ORDER BY d.channel, d.target;
