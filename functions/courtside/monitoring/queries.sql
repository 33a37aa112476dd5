-- read_time: What the database's clock says.
SELECT clock_timestamp() AS at;

-- save_latencies: Writes what a process counted in a minute over what it wrote of the same minute before.
INSERT INTO relay_latencies (minute, process, kind, step, buckets, counts)
SELECT counted.minute, %(process)s, counted.kind, counted.step, counted.buckets, counted.counts
FROM jsonb_to_recordset(%(rows)s) AS counted (minute timestamptz, kind text, step text, buckets int[], counts bigint[])
ON CONFLICT (minute, process, kind, step) DO UPDATE SET buckets = excluded.buckets, counts = excluded.counts;

-- save_retries: Writes how many attempts of a process failed in a minute over what it wrote of the same minute before.
INSERT INTO relay_retries (minute, process, kind, count)
SELECT counted.minute, %(process)s, counted.kind, counted.count
FROM jsonb_to_recordset(%(rows)s) AS counted (minute timestamptz, kind text, count bigint)
ON CONFLICT (minute, process, kind) DO UPDATE SET count = excluded.count;

-- save_worker: Notes when a worker last came round.
INSERT INTO relay_workers (process, name, started_at, seen_at)
VALUES (%(process)s, %(name)s, %(seen_at)s, %(seen_at)s)
ON CONFLICT (process) DO UPDATE SET seen_at = excluded.seen_at;

-- list_counted: How often each duration was counted of late, over all processes.
SELECT kind, step, counted.bucket, sum(counted.count)::bigint AS count
FROM relay_latencies, unnest(buckets, counts) AS counted (bucket, count)
WHERE minute > statement_timestamp() - make_interval(secs => %(window_seconds)s)
GROUP BY kind, step, counted.bucket ORDER BY kind, step, counted.bucket;

-- list_retries: How many attempts failed of late, over all processes.
SELECT kind, sum(count)::bigint AS count FROM relay_retries
WHERE minute > statement_timestamp() - make_interval(secs => %(window_seconds)s)
GROUP BY kind ORDER BY kind;

-- list_workers: Every worker that was seen in the last hour, the oldest first.
SELECT name, started_at, seen_at FROM relay_workers ORDER BY started_at, name;

-- count_webhooks: How many messages wait for their receivers.
SELECT count(*) AS count FROM outbox WHERE kind = 'webhook' AND done_at IS NULL AND dead_at IS NULL;

-- count_due: What is due to be sent, for how long the first of it has been, and accounts of which Firebase Auth does not know all.
SELECT (SELECT count(*) FROM deliveries
        WHERE state IN ('waiting', 'held', 'sending') AND next_at <= clock_timestamp()) AS deliveries,
       (SELECT extract(epoch FROM clock_timestamp() - min(next_at))::float8 FROM deliveries
        WHERE state IN ('waiting', 'held', 'sending') AND next_at <= clock_timestamp()) AS deliveries_oldest_seconds,
       (SELECT count(*) FROM claims_mirror WHERE want > have) AS claims;

-- count_quarantined: How many apps and browsers are not sent to until somebody has looked: FCM says that they are not ours.
SELECT count(*) AS count FROM installations WHERE state = 'quarantined';

-- claim_report: Begins a report, unless there is one as new as that; whoever asks meanwhile waits and gets none.
INSERT INTO health_reports AS r (service, measured_at, report) VALUES (%(service)s, clock_timestamp(), '{}')
ON CONFLICT (service) DO UPDATE SET measured_at = excluded.measured_at
WHERE r.measured_at NOT BETWEEN clock_timestamp() - make_interval(secs => %(fresh_seconds)s) AND clock_timestamp();

-- save_report: Writes what a service's health was found to be.
INSERT INTO health_reports (service, measured_at, report) VALUES (%(service)s, clock_timestamp(), %(report)s)
ON CONFLICT (service) DO UPDATE SET measured_at = excluded.measured_at, report = excluded.report;

-- list_reports: The health of services as it was last measured.
SELECT service, measured_at, report FROM health_reports WHERE service = ANY (%(services)s);

-- prune_latencies: Forgets latencies that no report covers any more.
DELETE FROM relay_latencies WHERE minute < statement_timestamp() - interval '2 hours';

-- prune_retries: Forgets failed attempts that no report covers any more.
DELETE FROM relay_retries WHERE minute < statement_timestamp() - interval '2 hours';

-- prune_workers: Forgets workers that are long gone.
DELETE FROM relay_workers WHERE seen_at < statement_timestamp() - interval '1 hour';
