-- mark_read: Notes that notifications of somebody were read, the newest first; those that were not before.
UPDATE notifications SET read_at = %(now)s WHERE id IN (
    SELECT id FROM notifications
    WHERE user_id = %(uid)s AND NOT receipt AND read_at IS NULL AND (id = ANY (%(ids)s) OR created_at <= %(until)s)
    ORDER BY created_at DESC LIMIT %(most)s FOR NO KEY UPDATE)
RETURNING id;

-- mark_unread: Takes that back.
UPDATE notifications SET read_at = NULL WHERE id IN (
    SELECT id FROM notifications
    WHERE user_id = %(uid)s AND NOT receipt AND read_at IS NOT NULL AND (id = ANY (%(ids)s) OR created_at <= %(until)s)
    ORDER BY created_at DESC LIMIT %(most)s FOR NO KEY UPDATE)
RETURNING id;

-- archive: Puts notifications of somebody aside, the newest first; those that were not before.
UPDATE notifications SET archived_at = %(now)s, snoozed_until = NULL WHERE id IN (
    SELECT id FROM notifications
    WHERE user_id = %(uid)s AND NOT receipt AND archived_at IS NULL AND (id = ANY (%(ids)s) OR created_at <= %(until)s)
    ORDER BY created_at DESC LIMIT %(most)s FOR NO KEY UPDATE)
RETURNING id;

-- unarchive: Takes that back.
UPDATE notifications SET archived_at = NULL WHERE id IN (
    SELECT id FROM notifications
    WHERE user_id = %(uid)s AND NOT receipt AND archived_at IS NOT NULL AND (id = ANY (%(ids)s) OR created_at <= %(until)s)
    ORDER BY created_at DESC LIMIT %(most)s FOR NO KEY UPDATE)
RETURNING id;

-- snooze: Puts one of somebody's notifications away until a time.
UPDATE notifications SET snoozed_until = %(until)s
WHERE id = %(id)s AND user_id = %(uid)s AND NOT receipt AND archived_at IS NULL
RETURNING id;

-- list_snoozers: Whose notifications return.
SELECT DISTINCT user_id FROM notifications WHERE snoozed_until <= %(now)s LIMIT %(most)s;

-- return_snoozed: Has notifications of somebody return, unread.
UPDATE notifications SET snoozed_until = NULL, read_at = NULL WHERE user_id = %(uid)s AND snoozed_until <= %(now)s
RETURNING id;

-- count_unread: How much of somebody's inbox is unread.
SELECT count(*) AS unread FROM notifications
WHERE user_id = %(uid)s AND read_at IS NULL AND archived_at IS NULL AND NOT receipt AND snoozed_until IS NULL;

-- keep_unread: Keeps that for the person's document.
INSERT INTO notification_settings (user_id, unread, unread_at) VALUES (%(uid)s, %(unread)s, %(now)s)
ON CONFLICT (user_id) DO UPDATE SET unread = excluded.unread, unread_at = excluded.unread_at;

-- list_unread: What was kept for people's documents.
SELECT user_id, unread, unread_at FROM notification_settings WHERE user_id = ANY (%(user_ids)s) AND unread_at IS NOT NULL;

-- find_pushed: The notification that a push tells of, and whose it is.
SELECT n.id, n.user_id, d.target, n.created_at
FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id
WHERE d.id = %(delivery_id)s AND d.channel = 'push';

-- acknowledge_push: Notes what an app tells of a push, each for the first time.
UPDATE deliveries SET
    received_at = coalesce(received_at, %(at)s),
    shown_at = CASE WHEN %(what)s = 'received' THEN shown_at ELSE coalesce(shown_at, %(at)s) END,
    clicked_at = CASE WHEN %(what)s = 'clicked' THEN coalesce(clicked_at, %(at)s) ELSE clicked_at END,
    acted_at = CASE WHEN %(what)s = 'acted' THEN coalesce(acted_at, %(at)s) ELSE acted_at END
WHERE notification_id = %(id)s AND user_id = %(uid)s AND channel = 'push' AND target = %(installation_id)s;

-- acknowledge_inbox: Notes what a client tells of an inbox, each for the first time.
UPDATE notifications SET
    shown_at = coalesce(shown_at, %(at)s),
    clicked_at = CASE WHEN %(what)s = 'clicked' THEN coalesce(clicked_at, %(at)s) ELSE clicked_at END,
    acted_at = CASE WHEN %(what)s = 'acted' THEN coalesce(acted_at, %(at)s) ELSE acted_at END
WHERE id = %(id)s AND user_id = %(uid)s;

-- find_told: When one of somebody's notifications was written.
SELECT created_at FROM notifications WHERE id = %(id)s AND user_id = %(uid)s AND NOT receipt;
