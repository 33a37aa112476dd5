-- list_counts: What became of notifications written in some spans of time, by channel and a key: type, hour, or nothing.
SELECT span.name AS span, c.channel,
       CASE %(by)s WHEN 'type' THEN c.type
                   WHEN 'hour' THEN to_char(c.hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') ELSE '' END AS key,
       sum(c.waiting)::bigint AS waiting, sum(c.held)::bigint AS held, sum(c.accepted)::bigint AS accepted,
       sum(c.failed)::bigint AS failed, sum(c.dead)::bigint AS dead, sum(c.merged)::bigint AS merged,
       sum(c.cancelled)::bigint AS cancelled, sum(c.received)::bigint AS received, sum(c.shown)::bigint AS shown,
       sum(c.clicked)::bigint AS clicked, sum(c.acted)::bigint AS acted
FROM unnest(%(names)s::text[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[]) AS span (name, since, until)
JOIN notification_counts AS c ON c.hour >= span.since AND c.hour < span.until
WHERE (%(type)s::text IS NULL OR c.type = %(type)s) AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
GROUP BY 1, 2, 3 ORDER BY 1, 3, 2;

-- list_durations: How often each duration was counted, by the same.
SELECT span.name AS span, c.channel,
       CASE %(by)s WHEN 'type' THEN c.type
                   WHEN 'hour' THEN to_char(c.hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') ELSE '' END AS key,
       took.what, its.bucket::integer AS bucket, sum(its.many::bigint)::bigint AS count
FROM unnest(%(names)s::text[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[]) AS span (name, since, until)
JOIN notification_counts AS c ON c.hour >= span.since AND c.hour < span.until,
     LATERAL (VALUES ('arrival', c.arrivals), ('act', c.acts)) AS took (what, buckets),
     LATERAL jsonb_each_text(took.buckets) AS its (bucket, many)
WHERE (%(type)s::text IS NULL OR c.type = %(type)s) AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
GROUP BY 1, 2, 3, 4, 5;

-- list_reasons: Why they waited, were not sent or were given up, the most frequent first.
SELECT span.name AS span, c.channel, its.reason, sum(its.many::bigint)::bigint AS count
FROM unnest(%(names)s::text[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[]) AS span (name, since, until)
JOIN notification_counts AS c ON c.hour >= span.since AND c.hour < span.until,
     LATERAL jsonb_each_text(c.reasons) AS its (reason, many)
WHERE (%(type)s::text IS NULL OR c.type = %(type)s) AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
GROUP BY 1, 2, 3 ORDER BY 1, count DESC, 2, 3 LIMIT %(limit)s;

-- read_counted: The present time, and when something was counted last.
SELECT clock_timestamp() AS now, (SELECT max(counted_at) FROM notification_hours) AS counted_at;

-- list_queues: What waits to be sent on each channel, since when it could have been, and how the channel is.
SELECT channel, coalesce(queue.due, 0) AS due, coalesce(queue.held, 0) AS held, queue.oldest_due_at, pause.until,
       coalesce(pause.failing, false) AS failing
FROM (SELECT channel, count(*) FILTER (WHERE next_at <= clock_timestamp()) AS due,
             count(*) FILTER (WHERE state = 'held' AND next_at > clock_timestamp()) AS held,
             min(next_at) FILTER (WHERE next_at <= clock_timestamp()) AS oldest_due_at
      FROM deliveries WHERE state IN ('waiting', 'held', 'sending') GROUP BY channel) AS queue
FULL JOIN (SELECT channel, max(until) AS until, bool_or(failing) AS failing FROM channel_pauses
           WHERE until > clock_timestamp() - CASE WHEN failing THEN interval '10 minutes' ELSE interval '0' END
           GROUP BY channel) AS pause USING (channel)
ORDER BY channel;

-- save_pause: Notes that a process leaves a channel alone, and until when.
INSERT INTO channel_pauses (breaker, channel, until, failing)
VALUES (%(breaker)s, %(channel)s, clock_timestamp() + make_interval(secs => %(seconds)s), %(failing)s)
ON CONFLICT (breaker, channel) DO UPDATE SET until = excluded.until, failing = excluded.failing;

-- end_pause: Notes that it does not any more; and forgets those of processes that are gone.
DELETE FROM channel_pauses WHERE breaker = %(breaker)s AND channel = %(channel)s OR until < clock_timestamp() - interval '1 day';
