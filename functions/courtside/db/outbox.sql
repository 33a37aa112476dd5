-- finish_command: All that a command leaves, in one round trip: its answer, audit, entries, and the documents it wants written, leased to the committer where nobody else holds them.
WITH answered AS (
    UPDATE commands SET answer = %(answer)s WHERE uid = %(uid)s AND command_id = %(command_id)s
), audited AS (
    INSERT INTO audit (at, actor, command, command_id, request_id, subject, before, after, reason)
    SELECT now(), %(uid)s, %(command)s, %(command_id)s, %(request_id)s, change.subject, change.before, change.after, %(reason)s
    FROM jsonb_to_recordset(%(changes)s) AS change (subject text, before jsonb, after jsonb)
), queued AS (
    INSERT INTO outbox (id, kind, target, payload, created_at, next_at, lease_token, lease_until, attempts)
    SELECT entry.id, entry.kind, entry.target, entry.payload, statement_timestamp(), statement_timestamp(),
           %(token)s, clock_timestamp() + make_interval(secs => %(lease_seconds)s), 1
    FROM jsonb_to_recordset(%(entries)s) AS entry (id uuid, kind text, target text, payload jsonb)
), posted AS (
    -- What admins are told goes to their webhooks too: one message for each receiver of its type.
    INSERT INTO outbox (id, kind, target, payload, created_at, next_at)
    SELECT gen_random_uuid(), 'webhook', endpoint.id::text, entry.payload, statement_timestamp(), statement_timestamp()
    FROM jsonb_to_recordset(%(entries)s) AS entry (id uuid, kind text, target text, payload jsonb)
    JOIN webhook_endpoints AS endpoint
      ON endpoint.removed_at IS NULL AND coalesce(endpoint.stopped, '') <> 'gone'
     AND (endpoint.types = '{}' OR entry.payload ->> 'type' = ANY (endpoint.types))
    WHERE entry.kind = 'feed' AND entry.target = 'admin'
)
INSERT INTO projection AS p (path, want, wanted_at, next_at, lease_token, lease_until, attempts)
SELECT path, 1, clock_timestamp(), clock_timestamp(), %(token)s, clock_timestamp() + make_interval(secs => lease_seconds), 1
-- Everybody locks documents in the order of their paths, so no two commands can wait for each other.
FROM unnest(%(paths)s::text[], %(leases)s::float8[]) AS wanted (path, lease_seconds) ORDER BY path
ON CONFLICT (path) DO UPDATE SET
    want = p.want + 1,
    wanted_at = excluded.wanted_at,
    dead_at = NULL,
    attempts = CASE WHEN p.dead_at IS NULL THEN p.attempts ELSE 0 END,
    next_at = CASE WHEN p.want = p.have THEN greatest(p.next_at, statement_timestamp()) ELSE p.next_at END,
    lease_token = CASE WHEN coalesce(p.lease_until, '-infinity') < statement_timestamp() AND p.next_at <= statement_timestamp()
                       THEN excluded.lease_token ELSE p.lease_token END,
    lease_until = CASE WHEN coalesce(p.lease_until, '-infinity') < statement_timestamp() AND p.next_at <= statement_timestamp()
                       THEN excluded.lease_until ELSE p.lease_until END
RETURNING path, have, update_time, attempts, lease_token = %(token)s AS leased, statement_timestamp() AS committed_at;

-- mark_documents: Wants documents written again without a command behind it.
INSERT INTO projection AS p (path, want, wanted_at, next_at)
SELECT path, 1, clock_timestamp(), clock_timestamp() FROM unnest(%(paths)s::text[]) AS path ORDER BY path
ON CONFLICT (path) DO UPDATE SET
    want = p.want + 1, wanted_at = excluded.wanted_at, dead_at = NULL,
    next_at = CASE WHEN p.want = p.have THEN greatest(p.next_at, statement_timestamp()) ELSE p.next_at END,
    attempts = CASE WHEN p.dead_at IS NULL THEN p.attempts ELSE 0 END;

-- lease_documents: Leases due documents that nobody holds, longest waiting first.
WITH due AS (
    SELECT path FROM projection
    WHERE want > have AND dead_at IS NULL AND next_at <= clock_timestamp()
      AND coalesce(lease_until, '-infinity') < clock_timestamp()
    ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE projection AS p
SET lease_token = %(token)s, lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    attempts = p.attempts + 1
FROM due WHERE p.path = due.path
RETURNING p.path, p.have, p.update_time, p.attempts;

-- lease_entries: Leases due entries that nobody holds, longest waiting first.
WITH due AS (
    SELECT id FROM outbox
    WHERE kind <> 'webhook' AND done_at IS NULL AND dead_at IS NULL AND next_at <= clock_timestamp()
      AND coalesce(lease_until, '-infinity') < clock_timestamp()
    ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o
SET lease_token = %(token)s, lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    attempts = o.attempts + 1
FROM due WHERE o.id = due.id
RETURNING o.id, o.kind, o.target, o.payload, o.created_at, o.attempts;

-- extend_documents: Keeps documents leased to this token; one that is being settled is passed over.
WITH held AS MATERIALIZED (
    SELECT path FROM projection
    WHERE path = ANY (%(paths)s) AND lease_token = %(token)s AND lease_until IS NOT NULL
    FOR UPDATE SKIP LOCKED
)
UPDATE projection AS p SET lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
FROM held WHERE p.path = held.path;

-- extend_entries: Keeps entries leased to this token; one that is being settled is passed over.
WITH held AS MATERIALIZED (
    SELECT id FROM outbox
    WHERE id = ANY (%(ids)s) AND lease_token = %(token)s AND lease_until IS NOT NULL
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox AS o SET lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
FROM held WHERE o.id = held.id;

-- settle_documents: Records the versions now in Firestore and frees the leases of this token; what is wanted newer stays leased, unless it is hot.
WITH held AS MATERIALIZED (
    -- A clock that was set back must not keep a document waiting for longer than a full burst.
    SELECT p.path, w.version, w.update_time, clock.at,
           least(greatest(p.cooled_at, clock.at), clock.at + %(burst)s::int * %(pause)s::interval)
           + %(pause)s::interval AS cooled_at
    FROM unnest(%(paths)s::text[], %(versions)s::bigint[], %(update_times)s::timestamptz[])
             AS w (path, version, update_time)
    JOIN projection AS p ON p.path = w.path AND p.lease_token = %(token)s,
         (SELECT clock_timestamp() AS at) AS clock
    ORDER BY p.path FOR UPDATE OF p
), written AS (
    SELECT path, version, update_time, at, cooled_at,
           greatest(at, cooled_at - (%(burst)s::int - 1) * %(pause)s::interval) AS next_at
    FROM held
)
UPDATE projection AS p
SET have = w.version,
    -- A version that we never wanted comes from a future that this database lost: go beyond it.
    want = CASE WHEN w.version > p.want THEN w.version + 1 ELSE p.want END,
    update_time = w.update_time, attempts = 0, last_error = NULL,
    first_written_at = CASE WHEN p.have = 0 THEN clock_timestamp() ELSE p.first_written_at END,
    cooled_at = w.cooled_at, next_at = w.next_at,
    lease_token = CASE WHEN p.want <> w.version AND w.next_at = w.at THEN p.lease_token END,
    lease_until = CASE WHEN p.want <> w.version AND w.next_at = w.at
                       THEN clock_timestamp() + make_interval(secs => %(lease_seconds)s) END
FROM written AS w
WHERE p.path = w.path
RETURNING p.path, p.have, p.update_time, p.attempts, p.lease_token IS NOT NULL AS wanted;

-- forget_update_times: Takes note that documents are not in Firestore although they were; their leases stay.
UPDATE projection SET update_time = NULL WHERE path = ANY (%(paths)s) AND lease_token = %(token)s
RETURNING path, have, update_time, attempts;

-- settle_entries: Marks entries as delivered.
UPDATE outbox SET done_at = clock_timestamp(), lease_token = NULL, lease_until = NULL, last_error = NULL
WHERE id = ANY (%(ids)s) AND lease_token = %(token)s;

-- release_documents: Gives documents back with the time of their next attempt, or dead-letters those at fault.
WITH failed AS (
    SELECT * FROM unnest(%(items)s::text[], %(errors)s::text[], %(pauses)s::float8[], %(poisoned)s::bool[])
             AS f (item, error, pause, poisoned)
), held AS MATERIALIZED (
    SELECT p.path FROM projection AS p
    WHERE p.path = ANY (%(items)s) AND p.lease_token = %(token)s
    ORDER BY p.path FOR UPDATE
)
UPDATE projection AS p
SET lease_token = NULL, lease_until = NULL, last_error = f.error,
    next_at = clock_timestamp() + make_interval(secs => f.pause),
    dead_at = CASE WHEN f.poisoned AND p.attempts >= %(max_attempts)s THEN clock_timestamp() END
FROM held JOIN failed AS f ON f.item = held.path
WHERE p.path = held.path;

-- release_entries: Gives entries back with the time of their next attempt, or dead-letters those at fault.
UPDATE outbox AS o
SET lease_token = NULL, lease_until = NULL, last_error = f.error,
    next_at = clock_timestamp() + make_interval(secs => f.pause),
    dead_at = CASE WHEN f.poisoned AND o.attempts >= %(max_attempts)s THEN clock_timestamp() END
FROM unnest(%(items)s::text[], %(errors)s::text[], %(pauses)s::float8[], %(poisoned)s::bool[])
             AS f (item, error, pause, poisoned)
WHERE o.id = f.item::uuid AND o.lease_token = %(token)s;

-- read_wanted: The version that each document's current rows amount to, in the reader's snapshot.
SELECT path, want, wanted_at, now() AS now FROM projection WHERE path = ANY (%(paths)s);

-- count_backlog: How much is due, how long the oldest has waited, and how much was given up.
SELECT (SELECT count(*) FROM projection WHERE want > have AND dead_at IS NULL) AS documents,
       -- Not the webhooks, which wait for their receivers.
       (SELECT count(*) FROM outbox WHERE kind <> 'webhook' AND done_at IS NULL AND dead_at IS NULL) AS entries,
       (SELECT count(*) FROM projection WHERE dead_at IS NOT NULL)
         + (SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL)
         + (SELECT count(*) FROM deliveries WHERE state = 'dead') AS dead,
       greatest(extract(epoch FROM clock_timestamp() - least(
           (SELECT min(wanted_at) FROM projection WHERE want > have AND dead_at IS NULL),
           (SELECT min(created_at) FROM outbox WHERE kind <> 'webhook' AND done_at IS NULL AND dead_at IS NULL))), 0)::float8 AS oldest_seconds;

-- want_documents_again: Wants every document written again, under a new version.
UPDATE projection SET want = want + 1, wanted_at = clock_timestamp(), next_at = clock_timestamp(),
                      attempts = 0, dead_at = NULL;

-- want_entries_again: Has every entry of a kind delivered again; receivers drop repeats by id.
UPDATE outbox SET done_at = NULL, dead_at = NULL, attempts = 0, next_at = clock_timestamp()
WHERE kind = %(kind)s AND (done_at IS NOT NULL OR dead_at IS NOT NULL);

-- prune_delivered: Forgets entries that were delivered long ago.
DELETE FROM outbox WHERE done_at < now() - make_interval(days => %(days)s);

-- prune_commands: Forgets the answers of commands that nobody will send again.
DELETE FROM commands WHERE created_at < now() - make_interval(days => %(days)s);
