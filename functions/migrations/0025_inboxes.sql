-- What people do in their inboxes: rows that return, what was seen of them, and how much was unread after it.

ALTER TABLE notifications
    ADD COLUMN shown_at   timestamptz,         -- these three as a client tells of its screens, not of a push
    ADD COLUMN clicked_at timestamptz,
    ADD COLUMN acted_at   timestamptz;

CREATE INDEX notifications_snoozed ON notifications (snoozed_until) WHERE snoozed_until IS NOT NULL;

-- As of `unread_at`: what has come since is not in it, so that what is new costs no further document.
ALTER TABLE notification_settings
    ADD COLUMN unread    integer NOT NULL DEFAULT 0,
    ADD COLUMN unread_at timestamptz;
