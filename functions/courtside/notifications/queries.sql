-- insert_notifications: Puts notices into inboxes, each once, but for those of deleted accounts; gives those that are new.
INSERT INTO notifications (id, user_id, type, payload, dedupe_key, created_at)
SELECT notice.id, notice.user_id, notice.type, notice.payload, notice.dedupe_key, %(now)s
FROM jsonb_to_recordset(%(notices)s) AS notice (id uuid, user_id text, type text, payload jsonb, dedupe_key text)
WHERE NOT EXISTS (SELECT FROM users WHERE users.id = notice.user_id AND users.deleted_at IS NOT NULL)
ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
RETURNING id, user_id, type, payload, created_at, read_at;

-- list_notifications: Notifications by id.
SELECT id, user_id, type, payload, created_at, read_at FROM notifications WHERE id = ANY (%(ids)s);
