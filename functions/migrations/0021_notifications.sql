-- Notifications in full: what an inbox row needs to be told well, where it is delivered to, and what people set.

ALTER TABLE notifications
    ADD COLUMN priority      text NOT NULL DEFAULT 'medium'
        CONSTRAINT notifications_priority_known CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    -- Confirms to somebody what they did themselves: by e-mail alone, never in the inbox.
    ADD COLUMN receipt       boolean NOT NULL DEFAULT false,
    -- As the person had them when it was written, so that what it says never changes.
    ADD COLUMN language      text NOT NULL DEFAULT 'en',
    ADD COLUMN time_zone     text NOT NULL DEFAULT 'UTC',
    ADD COLUMN group_key     text,             -- what may be told in one with it; null: nothing
    ADD COLUMN count         integer NOT NULL DEFAULT 1
        CONSTRAINT notifications_count_positive CHECK (count > 0),
    ADD COLUMN expires_at    timestamptz,      -- from then on nothing is sent of it; the inbox keeps it
    ADD COLUMN archived_at   timestamptz,
    ADD COLUMN snoozed_until timestamptz,
    ADD COLUMN planned_at    timestamptz,      -- when it was decided what is delivered where; null: not yet
    ADD COLUMN next_at       timestamptz NOT NULL DEFAULT now(), -- not to be planned before
    ADD COLUMN lease_token   uuid,
    ADD COLUMN lease_until   timestamptz,
    ADD COLUMN attempts      integer NOT NULL DEFAULT 0;

-- What is in inboxes by now was told when it was news.
UPDATE notifications SET planned_at = notifications.created_at, language = users.locale, time_zone = users.time_zone
FROM users WHERE users.id = notifications.user_id;

CREATE INDEX notifications_to_plan ON notifications (next_at) WHERE planned_at IS NULL;
CREATE INDEX notifications_unread ON notifications (user_id, created_at)
    WHERE read_at IS NULL AND archived_at IS NULL AND NOT receipt;

-- An app or browser that takes pushes. Never in Firestore: whoever holds a token can be sent to.
CREATE TABLE installations (
    id           text PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users,
    platform     text NOT NULL CONSTRAINT installations_platform_known CHECK (platform IN ('android', 'ios', 'web')),
    token        text NOT NULL,
    app_version  text NOT NULL DEFAULT '',
    locale       text NOT NULL DEFAULT 'en',
    time_zone    text NOT NULL DEFAULT 'UTC',
    created_at   timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,         -- stale a month later, expired after 270 days
    state        text NOT NULL DEFAULT 'active'
        CONSTRAINT installations_state_known CHECK (state IN ('active', 'quarantined', 'expired', 'removed')),
    reason       text                          -- why it is not active
);

CREATE INDEX installations_by_user ON installations (user_id) WHERE state = 'active';

-- One way to tell somebody of a notification, and what became of it.
CREATE TABLE deliveries (
    id              uuid PRIMARY KEY,
    notification_id uuid NOT NULL REFERENCES notifications ON DELETE CASCADE,
    user_id         text NOT NULL REFERENCES users,
    channel         text NOT NULL CONSTRAINT deliveries_channel_known CHECK (channel IN ('push', 'email', 'webhook')),
    target          text NOT NULL,             -- an installation's id; empty for e-mail
    state           text NOT NULL CONSTRAINT deliveries_state_known CHECK (
        state IN ('waiting', 'held', 'sending', 'accepted', 'failed', 'cancelled', 'merged', 'dead')),
    reason          text,                      -- why it waits, was merged, cancelled or given up
    created_at      timestamptz NOT NULL,
    next_at         timestamptz NOT NULL,      -- not to be sent before
    lease_token     uuid,
    lease_until     timestamptz,
    attempts        integer NOT NULL DEFAULT 0,
    provider_id     text,                      -- the receiver's name for what it accepted
    accepted_at     timestamptz,
    last_error      text,
    received_at     timestamptz,               -- these four as the client tells
    shown_at        timestamptz,
    clicked_at      timestamptz,
    acted_at        timestamptz,
    CONSTRAINT deliveries_once UNIQUE (notification_id, channel, target)
);

CREATE INDEX deliveries_due ON deliveries (channel, next_at) WHERE state IN ('waiting', 'held', 'sending');
CREATE INDEX deliveries_by_user ON deliveries (user_id, created_at);

-- How somebody wants to be told; who has no row has set nothing.
CREATE TABLE notification_settings (
    user_id   text PRIMARY KEY REFERENCES users,
    enabled   boolean NOT NULL DEFAULT true,
    types     jsonb NOT NULL DEFAULT '{}',     -- type → {push, email}: what is left out is as the type has it
    quiet     jsonb NOT NULL DEFAULT '[]',     -- [{weekday, from, until}] in the person's zone
    time_zone text,                            -- null: the account's
    digest    text NOT NULL DEFAULT 'none'
        CONSTRAINT notification_settings_digest_known CHECK (digest IN ('none', 'daily', 'weekly')),
    language  text                             -- null: the account's
);
