-- claim_counting: Whether nobody else counts just now; an hour in which very many were told takes longer than a command may.
SELECT pg_try_advisory_xact_lock(hashtext('courtside.notifications.count')) AS is_ours,
       set_config('statement_timeout', '30s', true) AS statement_timeout;

-- list_hours: Hours to count now: those that still change, those of which something was told since, and the two that were counted longest ago; one that takes long, accordingly seldom.
WITH present AS (SELECT date_trunc('hour', clock_timestamp(), 'UTC') AS hour),
slots AS (
    SELECT present.hour - make_interval(hours => ago) AS hour, ago, counted.counted_at,
           coalesce(counted.counted_at + counted.took_seconds * %(rest)s * interval '1 second' > clock_timestamp(), false) AS rests
    FROM present CROSS JOIN generate_series(0, %(hours)s::integer) AS ago
    LEFT JOIN notification_hours AS counted ON counted.hour = present.hour - make_interval(hours => ago)
), aged AS (
    SELECT hour FROM slots WHERE ago >= %(open)s ORDER BY counted_at NULLS FIRST, hour DESC LIMIT %(most_aged)s
), told AS (
    SELECT DISTINCT hour FROM notification_recounts ORDER BY hour DESC LIMIT %(most_told)s
)
SELECT hour FROM slots WHERE ago < %(open)s AND NOT rests
UNION SELECT hour FROM told WHERE hour NOT IN (SELECT hour FROM slots WHERE rests)
UNION SELECT hour FROM aged
ORDER BY hour DESC;

-- forget_recounts: Takes note that an hour is counted again; what is told from now on is for the next time.
DELETE FROM notification_recounts WHERE hour = %(hour)s;

-- begin_hour: Notes when an hour was counted.
INSERT INTO notification_hours (hour, counted_at) VALUES (%(hour)s, clock_timestamp())
ON CONFLICT (hour) DO UPDATE SET counted_at = excluded.counted_at;

-- end_hour: Notes how long that took.
UPDATE notification_hours SET took_seconds = extract(epoch FROM clock_timestamp() - counted_at) WHERE hour = %(hour)s;

-- clear_hour: Forgets what was counted of an hour before.
DELETE FROM notification_counts WHERE hour = %(hour)s;

-- count_hour: Counts what became of an hour's notifications, by type and channel.
INSERT INTO notification_counts (hour, type, channel, waiting, held, accepted, failed, dead, merged, cancelled,
                                 received, shown, clicked, acted, reasons, arrivals, acts)
WITH told AS (
    SELECT n.type, 'inbox' AS channel, CASE WHEN p.have > 0 THEN 'accepted' ELSE 'waiting' END AS state,
           NULL AS reason, NULL AS last_error, p.first_written_at - n.created_at AS arrival, n.acted_at - n.created_at AS act,
           NULL::timestamptz AS received_at, n.shown_at, n.clicked_at, n.acted_at
    FROM notifications AS n
    LEFT JOIN projection AS p ON p.path = 'users/' || n.user_id || '/inbox/' || n.id
    WHERE NOT n.receipt AND n.created_at >= %(hour)s AND n.created_at < %(hour)s + interval '1 hour'
    UNION ALL
    SELECT n.type, d.channel, CASE d.state WHEN 'sending' THEN 'waiting' ELSE d.state END, d.reason, d.last_error,
           -- What was to wait says nothing of how fast we are.
           CASE WHEN d.reason = 'at_once' THEN d.accepted_at - d.created_at END, d.acted_at - d.created_at,
           d.received_at, d.shown_at, d.clicked_at, d.acted_at
    FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id
    WHERE d.created_at >= %(hour)s AND d.created_at < %(hour)s + interval '1 hour'
), alike AS MATERIALIZED (
    -- Once over the rows; what follows is over the few kinds of them.
    SELECT type, channel, state, reason, last_error, its.arrival, its.act, count(*) AS many, count(received_at) AS received,
           count(shown_at) AS shown, count(clicked_at) AS clicked, count(acted_at) AS acted
    FROM told, LATERAL (
        -- Buckets as `courtside.histogram` has them.
        SELECT CASE WHEN told.arrival IS NOT NULL THEN
                   floor(ln(greatest(date_part('epoch', told.arrival) * 1e6, 1)) / ln(2::float8) * %(per_doubling)s::integer + 1e-9)::integer END AS arrival,
               CASE WHEN told.act IS NOT NULL THEN
                   floor(ln(greatest(date_part('epoch', told.act) * 1e6, 1)) / ln(2::float8) * %(per_doubling)s::integer + 1e-9)::integer END AS act
    ) AS its
    GROUP BY 1, 2, 3, 4, 5, 6, 7
), counted AS (
    SELECT type, channel,
           coalesce(sum(many) FILTER (WHERE state = 'waiting'), 0) AS waiting,
           coalesce(sum(many) FILTER (WHERE state = 'held'), 0) AS held,
           coalesce(sum(many) FILTER (WHERE state = 'accepted'), 0) AS accepted,
           coalesce(sum(many) FILTER (WHERE state = 'failed'), 0) AS failed,
           coalesce(sum(many) FILTER (WHERE state = 'dead'), 0) AS dead,
           coalesce(sum(many) FILTER (WHERE state = 'merged'), 0) AS merged,
           coalesce(sum(many) FILTER (WHERE state = 'cancelled'), 0) AS cancelled,
           sum(received) AS received, sum(shown) AS shown, sum(clicked) AS clicked, sum(acted) AS acted
    FROM alike GROUP BY type, channel
), reasons AS (
    SELECT type, channel, jsonb_object_agg(why, many) AS reasons
    FROM (SELECT type, channel, its.why, sum(many) AS many
          FROM alike, LATERAL (SELECT CASE
              WHEN state = 'accepted' THEN NULL
              WHEN state = 'waiting' THEN 'waiting:' || last_error
              WHEN state IN ('held', 'merged', 'cancelled') THEN state || ':' || coalesce(reason, 'unknown')
              -- Why it was not tried again, and what the last attempt came to.
              ELSE state || ':' || coalesce(nullif(concat_ws(':', reason, nullif(last_error, reason)), ''), 'unknown')
          END AS why) AS its
          WHERE its.why IS NOT NULL GROUP BY type, channel, its.why) AS each_reason
    GROUP BY type, channel
), arrivals AS (
    SELECT type, channel, jsonb_object_agg(arrival, many) AS arrivals
    FROM (SELECT type, channel, arrival, sum(many) AS many FROM alike WHERE arrival IS NOT NULL GROUP BY 1, 2, 3) AS each_bucket
    GROUP BY type, channel
), acts AS (
    SELECT type, channel, jsonb_object_agg(act, many) AS acts
    FROM (SELECT type, channel, act, sum(many) AS many FROM alike WHERE act IS NOT NULL GROUP BY 1, 2, 3) AS each_bucket
    GROUP BY type, channel
)
SELECT %(hour)s, type, channel, waiting, held, accepted, failed, dead, merged, cancelled, received, shown, clicked, acted,
       coalesce(reasons, '{}'), coalesce(arrivals, '{}'), coalesce(acts, '{}')
FROM counted LEFT JOIN reasons USING (type, channel) LEFT JOIN arrivals USING (type, channel) LEFT JOIN acts USING (type, channel);

-- note_hours: Has hours counted again soon.
INSERT INTO notification_recounts (hour) SELECT unnest(%(hours)s::timestamptz[]);

-- prune_hours: Forgets hours that nobody asks for any more, with their counts.
DELETE FROM notification_hours WHERE hour < now() - make_interval(days => %(days)s);
