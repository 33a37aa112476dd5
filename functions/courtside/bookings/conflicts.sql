-- list_standing: A trainer's sessions to come, with what may stand against them.
SELECT session.id, session.service_id, session.starts_at, session.ends_at, session.open_class,
       coalesce(NOT resource.active, false) AS room_retired
FROM sessions AS session LEFT JOIN resources AS resource ON resource.id = session.resource_id
WHERE session.trainer_id = %(trainer_id)s AND session.status IN ('open', 'booked', 'confirmed')
  AND session.starts_at > %(now)s
ORDER BY session.starts_at;

-- list_overlaps: Bookings of a client with different trainers at the same time, each pair once, and whether it is on record.
WITH upcoming AS MATERIALIZED (
    -- Each once: found anew for every pair, a full calendar would take the square of its length.
    SELECT booking.id, booking.created_at, booking.session_id,
           session.trainer_id, session.service_id, session.starts_at, session.ends_at
    FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
    WHERE booking.client_id = %(client_id)s AND booking.status IN ('pending', 'confirmed') AND session.ends_at > %(now)s
), pair AS (
    SELECT format('double_booking:%%s:%%s:%%s', least(earlier.session_id, later.session_id),
                  greatest(earlier.session_id, later.session_id), %(client_id)s::text) AS key,
           earlier.session_id AS earlier_session, later.session_id AS later_session,
           earlier.trainer_id AS earlier_trainer, later.trainer_id AS later_trainer, later.service_id AS later_service,
           later.starts_at AS later_starts_at
    FROM upcoming AS earlier
    JOIN upcoming AS later ON earlier.starts_at < later.ends_at AND later.starts_at < earlier.ends_at
    WHERE (later.created_at, later.id) > (earlier.created_at, earlier.id) AND earlier.trainer_id <> later.trainer_id
)
SELECT pair.*, trainer.time_zone,
       EXISTS (SELECT FROM conflicts AS known
               WHERE known.key = pair.key AND known.resolution IS DISTINCT FROM 'gone') AS known
FROM pair JOIN trainers AS trainer ON trainer.id = pair.later_trainer;

-- settle_gone: Conflicts of these kinds that are not there any more.
UPDATE conflicts SET resolved_at = %(now)s, resolution = 'gone'
WHERE resolved_at IS NULL AND kind = ANY (%(kinds)s) AND NOT key = ANY (%(keys)s)
  AND (%(client_id)s::text IS NULL OR client_id = %(client_id)s)
  AND (%(trainer_id)s::text IS NULL OR trainer_ids @> ARRAY[%(trainer_id)s::text])
RETURNING id, key, kind, on_date, trainer_ids, client_id, session_ids, ways_out, found_at, resolved_at, resolution;

-- settle_ended: What stood against a trainer's sessions that are called off or empty now.
UPDATE conflicts SET resolved_at = %(now)s, resolution = 'gone'
WHERE resolved_at IS NULL AND kind <> 'double_booking' AND trainer_ids @> ARRAY[%(trainer_id)s::text]
  AND NOT EXISTS (SELECT FROM sessions AS session
                  WHERE session.id = ANY (session_ids) AND session.status IN ('open', 'booked', 'confirmed'))
RETURNING id, key, kind, on_date, trainer_ids, client_id, session_ids, ways_out, found_at, resolved_at, resolution;

-- insert_conflicts: Conflicts that are new; gives those that are, and were not kept before.
INSERT INTO conflicts (id, key, kind, on_date, trainer_ids, client_id, session_ids, ways_out, found_at)
SELECT found.id, found.key, found.kind, found.on_date, found.trainer_ids, found.client_id, found.session_ids,
       found.ways_out, %(now)s
FROM jsonb_to_recordset(%(conflicts)s)
     AS found (id uuid, key text, kind text, on_date date, trainer_ids text[], client_id text, session_ids uuid[],
               ways_out jsonb)
-- Whoever decided to keep it is not asked again.
WHERE NOT EXISTS (SELECT FROM conflicts AS kept WHERE kept.key = found.key AND kept.resolution IS DISTINCT FROM 'gone')
ON CONFLICT DO NOTHING
RETURNING id, key, kind, on_date, trainer_ids, client_id, session_ids, ways_out, found_at, resolved_at, resolution;

-- lock_conflict: A conflict, held until commit.
SELECT id, key, kind, on_date, trainer_ids, client_id, session_ids, ways_out, found_at, resolved_at, resolution
FROM conflicts WHERE id = %(id)s FOR NO KEY UPDATE;

-- keep: Somebody decided that it may stand.
UPDATE conflicts SET resolved_at = %(now)s, resolution = %(reason)s WHERE id = %(id)s;

-- list_conflicts: Conflicts by id.
SELECT id, key, kind, on_date, trainer_ids, client_id, session_ids, ways_out, found_at, resolved_at, resolution
FROM conflicts WHERE id = ANY (%(ids)s);
