-- list_dead: What was given up and why, the latest first; an entry's path is where its document would be.
SELECT item, path, attempts, dead_at, reason FROM (
    SELECT path AS item, path, attempts, dead_at, last_error AS reason FROM projection WHERE dead_at IS NOT NULL
    UNION ALL
    SELECT id::text, CASE kind WHEN 'feed' THEN 'feeds/' || target || '/events/' ELSE kind || 's/' || target || '/' END || id,
           attempts, dead_at, last_error FROM outbox WHERE dead_at IS NOT NULL
    UNION ALL
    SELECT id::text, 'deliveries/' || channel || '/' || id, attempts, next_at, reason FROM deliveries WHERE state = 'dead'
) AS dead
WHERE starts_with(path, %(prefix)s) AND (%(item)s::text IS NULL OR item = %(item)s)
ORDER BY dead_at DESC, item LIMIT %(limit)s;

-- revive_documents: Has documents tried again that were given up.
WITH dead AS MATERIALIZED (
    SELECT path FROM projection WHERE path = ANY (%(items)s) AND dead_at IS NOT NULL ORDER BY path FOR UPDATE
)
UPDATE projection SET dead_at = NULL, attempts = 0, next_at = clock_timestamp()
FROM dead WHERE projection.path = dead.path;

-- revive_entries: Has entries tried again that were given up.
UPDATE outbox SET dead_at = NULL, attempts = 0, next_at = clock_timestamp()
WHERE id::text = ANY (%(items)s) AND dead_at IS NOT NULL;

-- revive_deliveries: Has deliveries sent again that were given up.
UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = clock_timestamp()
WHERE id::text = ANY (%(items)s) AND state = 'dead';
