-- list_paths: A page of projected documents; feed events are judged by their entries.
SELECT path FROM projection WHERE path > %(after)s AND NOT starts_with(path, 'feeds/') ORDER BY path LIMIT %(limit)s;

-- list_rows: What is known of documents; one is settled when nothing about it is under way.
SELECT path, want AS version, update_time, wanted_at, now() AS now,
       want = have AND coalesce(lease_until, '-infinity') < clock_timestamp() AS settled
FROM projection WHERE path = ANY (string_to_array(%(paths)s, E'\n'));

-- list_entry_ids: A page of feed entries that were delivered.
SELECT id FROM outbox WHERE kind = 'feed' AND done_at IS NOT NULL AND id > %(after)s ORDER BY id LIMIT %(limit)s;

-- list_entries: Feed entries with the state of their documents, for those that a repair has wanted written again.
SELECT o.id, o.target, o.payload, coalesce(p.wanted_at, o.created_at) AS committed_at, coalesce(p.want, 1) AS version,
       p.update_time,
       o.done_at IS NOT NULL
         AND (p.path IS NULL OR p.want = p.have AND coalesce(p.lease_until, '-infinity') < clock_timestamp()) AS settled
FROM outbox AS o LEFT JOIN projection AS p ON p.path = 'feeds/' || o.target || '/events/' || o.id
WHERE o.id = ANY (%(ids)s) AND o.kind = 'feed';

-- list_known_paths: Those of some paths of which there is a row.
SELECT path FROM projection WHERE path = ANY (%(paths)s);

-- list_known_entries: Those of some ids of which there is a feed entry.
SELECT id::text AS id FROM outbox WHERE id = ANY (%(ids)s) AND kind = 'feed';

-- count_present: How many documents of each collection are in Firestore, as far as we know.
SELECT split_part(path, '/', -2) AS collection, count(*) AS documents FROM projection
WHERE update_time IS NOT NULL GROUP BY 1;

-- count_items: How much there is to look at.
SELECT (SELECT count(*) FROM projection) AS documents,
       (SELECT count(*) FROM outbox WHERE kind = 'feed' AND done_at IS NOT NULL) AS entries;

-- list_unwanted: Documents that the facts call for and that were never wanted; a day from the trainer's today on, but the last, which the nightly job opens.
WITH called_for AS (
    SELECT 'bookings/' || id AS path FROM bookings
    UNION ALL SELECT 'sessions/' || id FROM sessions
    UNION ALL SELECT 'clients/' || id FROM users
    UNION ALL SELECT 'access/' || id FROM users
    UNION ALL SELECT 'disputes/' || id FROM disputes
    UNION ALL SELECT 'schedule/' || on_date || '/conflicts/' || id FROM conflicts
    UNION ALL SELECT 'trainers/' || trainer_id || '/reviews/' || id FROM reviews
    UNION ALL SELECT 'users/' || user_id || '/inbox/' || id FROM notifications WHERE NOT receipt
    UNION ALL SELECT 'broadcasts/' || id FROM broadcasts
    UNION ALL SELECT 'trainers/' || id FROM trainers WHERE status = 'approved'
    UNION ALL SELECT 'trainers/' || id || '/days/' || ((now() AT TIME ZONE time_zone)::date + ahead)
              FROM trainers, generate_series(0, greatest(horizon_days, (
                  SELECT max(service.horizon_days) FROM services AS service
                  WHERE service.trainer_id = trainers.id AND service.active)) - 1) AS ahead
              WHERE status = 'approved'
)
SELECT path FROM called_for WHERE NOT EXISTS (SELECT FROM projection WHERE projection.path = called_for.path)
ORDER BY path LIMIT %(limit)s;

-- want_repaired: Wants documents written again under versions beyond those that are there.
INSERT INTO projection AS p (path, want, wanted_at, next_at)
SELECT path, there + 1, clock_timestamp(), clock_timestamp()
FROM unnest(%(paths)s::text[], %(versions)s::bigint[]) AS found (path, there) ORDER BY path
ON CONFLICT (path) DO UPDATE SET
    want = greatest(p.want + 1, excluded.want), wanted_at = excluded.wanted_at, dead_at = NULL,
    next_at = CASE WHEN p.want = p.have THEN greatest(p.next_at, statement_timestamp()) ELSE p.next_at END,
    attempts = CASE WHEN p.dead_at IS NULL THEN p.attempts ELSE 0 END;

-- forget_repaired_events: Forgets that feed events were repaired once their entries are forgotten: they stay as they are.
DELETE FROM projection
WHERE starts_with(path, 'feeds/') AND want = have AND lease_until IS NULL
  AND NOT EXISTS (SELECT FROM outbox WHERE 'feeds/' || outbox.target || '/events/' || outbox.id = projection.path);

-- insert_run: Begins a reconciliation.
INSERT INTO reconciliations (id, started_at, seen_at, repairs) VALUES (%(id)s, now(), now(), %(repairs)s)
RETURNING id, started_at, seen_at, finished_at, repairs, stage, after, seen, in_flight, repaired, drift, examples;

-- save_run: Notes how far a reconciliation came, and what it found.
UPDATE reconciliations SET
    seen_at = clock_timestamp(), finished_at = CASE WHEN %(finished)s THEN clock_timestamp() END,
    stage = %(stage)s, after = %(after)s, seen = %(seen)s, in_flight = %(in_flight)s, repaired = %(repaired)s,
    drift = %(drift)s, examples = %(examples)s
WHERE id = %(id)s
RETURNING id, started_at, seen_at, finished_at, repairs, stage, after, seen, in_flight, repaired, drift, examples;

-- find_unfinished_run: The latest reconciliation, if it was left unfinished.
SELECT * FROM (
    SELECT id, started_at, seen_at, finished_at, repairs, stage, after, seen, in_flight, repaired, drift, examples
    FROM reconciliations WHERE repairs = %(repairs)s ORDER BY started_at DESC LIMIT 1
) AS latest WHERE finished_at IS NULL;

-- find_latest_run: The reconciliation that began last.
SELECT id, started_at, seen_at, finished_at, repairs, stage, after, seen, in_flight, repaired, drift, examples
FROM reconciliations ORDER BY started_at DESC LIMIT 1;

-- prune_runs: Forgets reconciliations of long ago.
DELETE FROM reconciliations WHERE started_at < now() - make_interval(days => %(days)s);
