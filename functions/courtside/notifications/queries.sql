-- insert_notifications: Puts notices into inboxes, each once, but for those of deleted accounts; gives those that are new.
INSERT INTO notifications (id, user_id, type, priority, receipt, payload, dedupe_key, group_key, bundle, language, time_zone,
                           created_at, expires_at, next_at, read_at, archived_at)
SELECT gen_random_uuid(), owner.id, notice.type, notice.priority, notice.receipt, notice.payload, notice.dedupe_key,
       notice.group_key, notice.bundle, coalesce(settings.language, owner.locale), coalesce(settings.time_zone, owner.time_zone),
       %(now)s, notice.expires_at, %(now)s,
       -- Nobody has to read a receipt.
       CASE WHEN notice.receipt THEN %(now)s END, CASE WHEN notice.receipt THEN %(now)s END
FROM jsonb_to_recordset(%(notices)s) AS notice (
    user_id text, type text, priority text, receipt boolean, payload jsonb, dedupe_key text, group_key text,
    bundle uuid, expires_at timestamptz)
CROSS JOIN LATERAL (
    SELECT id, locale, time_zone FROM users WHERE id = notice.user_id AND deleted_at IS NULL
    UNION ALL
    SELECT id, locale, time_zone FROM users
    WHERE notice.user_id = '*admins' AND role = 'admin' AND id <> %(uid)s
      AND deleted_at IS NULL AND blocked_at IS NULL
) AS owner
LEFT JOIN notification_settings AS settings ON settings.user_id = owner.id
ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
RETURNING id, user_id, type, priority, receipt, payload, count, language, time_zone, created_at, expires_at, read_at,
          archived_at, snoozed_until;

-- list_notifications: Notifications by id, but for receipts.
SELECT id, user_id, type, priority, receipt, payload, count, language, time_zone, created_at, expires_at, read_at,
       archived_at, snoozed_until
FROM notifications WHERE id = ANY (%(ids)s) AND NOT receipt;
