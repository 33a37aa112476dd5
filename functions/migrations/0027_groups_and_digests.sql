-- What is told in one: what one transaction has to tell one person, what followed within a window, and digests.

ALTER TABLE notifications
    ADD COLUMN bundle uuid;                    -- those of a person with the same are told in one; null: by itself

CREATE INDEX notifications_bundles ON notifications (bundle) WHERE planned_at IS NULL AND bundle IS NOT NULL;

ALTER TABLE deliveries
    ADD COLUMN group_key   text,               -- of one that waits for others to join it: what these have in common
    ADD COLUMN count       integer NOT NULL DEFAULT 1 -- of how many notifications it was decided that it tells
        CONSTRAINT deliveries_count_positive CHECK (count > 0),
    ADD COLUMN merged_into uuid REFERENCES deliveries ON DELETE SET NULL; -- which delivery tells it instead

-- A group is open until it is first sent; who opens it twice at once joins the other.
CREATE UNIQUE INDEX deliveries_open_groups ON deliveries (user_id, channel, target, group_key)
    WHERE group_key IS NOT NULL AND first_sent_at IS NULL AND state IN ('waiting', 'held');
CREATE INDEX deliveries_merged ON deliveries (merged_into) WHERE merged_into IS NOT NULL;

ALTER TABLE notification_settings
    -- When to look again whether it is time for a digest; in the past: at once.
    ADD COLUMN digest_next_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z',
    ADD COLUMN digest_id      uuid,            -- the last one's notification
    ADD COLUMN digest_before  text;            -- what was set before a link of an e-mail switched it off

CREATE INDEX notification_settings_digests ON notification_settings (digest_next_at) WHERE digest <> 'none';
