-- survey_audience: How many an audience has, by the language that they read, and whom of them which channel reaches.
SELECT split_part(replace(lower(coalesce(settings.language, owner.locale)), '_', '-'), '-', 1) AS language,
       count(*) AS people,
       count(*) FILTER (
           WHERE coalesce((settings.types -> 'broadcast.sent' ->> 'push')::boolean, settings.enabled, true)
             AND EXISTS (SELECT FROM installations AS app WHERE app.user_id = owner.id AND app.state = 'active'
                                                            AND app.refreshed_at > %(now)s - %(stale_after)s::interval)) AS push,
       count(*) FILTER (
           WHERE coalesce((settings.types -> 'broadcast.sent' ->> 'email')::boolean, settings.enabled, true)
             AND owner.email IS NOT NULL) AS email
FROM broadcast_audience(%(audience)s, %(now)s) AS audience JOIN users AS owner ON owner.id = audience.id
LEFT JOIN notification_settings AS settings ON settings.user_id = owner.id
GROUP BY 1;

-- count_audience: How many an audience has.
SELECT count(*) AS people FROM broadcast_audience(%(audience)s, %(now)s);

-- insert_broadcast: Writes one that begins now, unless another is running.
INSERT INTO broadcasts (id, texts, audience, priority, per_minute, created_by, reason, confirmed, total,
                        started_at, next_at, counted_at)
VALUES (%(id)s, %(texts)s, %(audience)s, %(priority)s, %(per_minute)s, %(created_by)s, %(reason)s, %(confirmed)s, %(total)s,
        %(now)s, %(now)s, %(now)s)
ON CONFLICT (state) WHERE state = 'running' DO NOTHING;

-- find_running: The one that is running.
SELECT id FROM broadcasts WHERE state = 'running';

-- lock_broadcast: One of them, which nobody else goes on with until commit.
SELECT id, texts, audience, priority, per_minute, total, sent, kept_back, state, reached, started_at, next_at, counted_at,
       ended_at
FROM broadcasts WHERE id = %(id)s FOR NO KEY UPDATE;

-- stop_broadcast: Begins no further page of it.
UPDATE broadcasts SET state = 'stopped', stopped_at = %(now)s, stopped_by = %(uid)s, next_at = %(now)s,
    counted_at = %(now)s, ended_at = NULL
WHERE id = %(id)s;

-- list_broadcasts: Some of them, for their documents.
SELECT id, texts, audience, priority, per_minute, total, sent, kept_back, state, reached, started_at, next_at, counted_at,
       ended_at
FROM broadcasts WHERE id = ANY (%(ids)s);

-- list_page: A page of all, the newest first.
SELECT id, texts, audience, priority, per_minute, created_by, reason, confirmed, total, sent, kept_back, state, started_at,
       counted_at, stopped_at, stopped_by, ended_at
FROM broadcasts
WHERE %(before_id)s::uuid IS NULL
   OR (started_at, id) < (SELECT last.started_at, last.id FROM broadcasts AS last WHERE last.id = %(before_id)s)
ORDER BY started_at DESC, id DESC LIMIT %(limit)s;

-- find_due: Whether one is to be gone on with.
SELECT id FROM broadcasts WHERE ended_at IS NULL AND next_at <= clock_timestamp() LIMIT 1;

-- lock_due: One that is to be gone on with and that nobody has in hand, until commit.
SELECT id, texts, audience, priority, per_minute, total, sent, kept_back, state, reached, started_at, next_at, counted_at,
       ended_at
FROM broadcasts WHERE ended_at IS NULL AND next_at <= clock_timestamp()
ORDER BY next_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;

-- tell_page: Puts a broadcast into the inboxes of the next people of its audience, each once; who they are, and what is new.
WITH page AS MATERIALIZED (
    SELECT audience.id FROM broadcast_audience(%(audience)s, %(started_at)s) AS audience
    WHERE audience.id > %(reached)s ORDER BY audience.id LIMIT %(limit)s
), readers AS (
    SELECT owner.id, coalesce(settings.language, owner.locale) AS language,
           coalesce(settings.time_zone, owner.time_zone) AS time_zone
    FROM page JOIN users AS owner ON owner.id = page.id
    LEFT JOIN notification_settings AS settings ON settings.user_id = owner.id
), told AS (
    INSERT INTO notifications (id, user_id, type, priority, payload, dedupe_key, language, time_zone, created_at, next_at,
                               broadcast_id)
    SELECT gen_random_uuid(), readers.id, 'broadcast.sent', %(priority)s,
           coalesce(%(texts)s::jsonb -> split_part(replace(lower(readers.language), '_', '-'), '-', 1),
                    %(texts)s::jsonb -> %(fallback)s::text),
           'broadcast:' || %(id)s::text, readers.language, readers.time_zone, %(now)s, %(now)s, %(id)s
    FROM readers
    ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
    RETURNING id, user_id
)
SELECT page.id AS user_id, told.id AS notification_id
FROM page LEFT JOIN told ON told.user_id = page.id ORDER BY page.id;

-- advance_broadcast: Notes how far it has come, and when it goes on.
UPDATE broadcasts SET reached = %(reached)s, sent = sent + %(told)s, next_at = %(next_at)s, counted_at = %(now)s,
    state = CASE WHEN %(is_over)s THEN 'done' ELSE state END,
    ended_at = CASE WHEN %(is_over)s THEN %(now)s ELSE ended_at END
WHERE id = %(id)s;

-- cancel_unsent: Ends deliveries of a stopped one that nobody is sending; so many at once.
UPDATE deliveries SET state = 'cancelled', reason = 'broadcast_stopped', lease_token = NULL, lease_until = NULL
WHERE id IN (
    SELECT delivery.id
    FROM notifications AS notification JOIN deliveries AS delivery ON delivery.notification_id = notification.id
    WHERE notification.broadcast_id = %(id)s
      AND (delivery.state IN ('waiting', 'held') OR delivery.state = 'sending' AND delivery.lease_until < clock_timestamp())
    ORDER BY delivery.id LIMIT %(limit)s FOR NO KEY UPDATE OF delivery SKIP LOCKED);

-- find_unsettled: Something of one that may still be sent, or be decided about.
SELECT notification.id FROM notifications AS notification
WHERE notification.broadcast_id = %(id)s
  AND (notification.planned_at IS NULL
       OR EXISTS (SELECT FROM deliveries AS delivery
                  WHERE delivery.notification_id = notification.id AND delivery.state IN ('waiting', 'held', 'sending')))
LIMIT 1;

-- settle_stop: Notes how much of a stopped one was kept back, and when it is looked at again.
UPDATE broadcasts SET kept_back = kept_back + %(cancelled)s, next_at = %(next_at)s, counted_at = %(now)s,
    ended_at = CASE WHEN %(is_over)s THEN %(now)s ELSE ended_at END
WHERE id = %(id)s;
