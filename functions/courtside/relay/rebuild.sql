-- list_paths_again: A page of the documents of a collection, or of all; feed events have entries instead.
SELECT path FROM projection
WHERE path > %(after)s AND NOT starts_with(path, 'feeds/')
  AND (%(collection)s::text IS NULL OR split_part(path, '/', -2) = %(collection)s)
ORDER BY path LIMIT %(limit)s;

-- list_paths_of_trainer: A page of all documents in which a trainer appears.
WITH own AS (
    SELECT path FROM projection
    WHERE path IN ('trainers/' || %(trainer_id)s::text, 'clients/' || %(trainer_id)s)
       OR starts_with(path, 'trainers/' || %(trainer_id)s || '/')
    UNION SELECT 'sessions/' || id FROM sessions WHERE trainer_id = %(trainer_id)s
    UNION SELECT 'bookings/' || booking.id FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
          WHERE session.trainer_id = %(trainer_id)s
    UNION SELECT 'disputes/' || id FROM disputes WHERE trainer_id = %(trainer_id)s
    UNION SELECT 'schedule/' || on_date || '/conflicts/' || id FROM conflicts WHERE %(trainer_id)s = ANY (trainer_ids)
)
SELECT path FROM own WHERE path > %(after)s ORDER BY path LIMIT %(limit)s;

-- list_entries_again: A page of the feed entries that were delivered.
SELECT id FROM outbox WHERE kind = 'feed' AND done_at IS NOT NULL AND id > %(after)s ORDER BY id LIMIT %(limit)s;

-- deliver_again: Has entries delivered once more; where the event is still there, that changes nothing.
UPDATE outbox SET done_at = NULL, attempts = 0, next_at = clock_timestamp()
WHERE id = ANY (%(ids)s) AND done_at IS NOT NULL;
