-- list_standing: A trainer's sessions to come, with what may stand against them.
SELECT session.id, session.service_id, session.starts_at, session.ends_at, session.open_class,
       coalesce(NOT resource.active, false) AS room_retired
FROM sessions AS session LEFT JOIN resources AS resource ON resource.id = session.resource_id
WHERE session.trainer_id = %(trainer_id)s AND session.status IN ('open', 'booked', 'confirmed')
  AND session.starts_at > %(now)s
ORDER BY session.starts_at;

-- list_overlaps: Bookings of a client with different trainers at the same time, each pair once, and whether it is on record.
SELECT pair.key,
       EXISTS (SELECT FROM conflicts AS known
               WHERE known.key = pair.key AND known.resolution IS DISTINCT FROM 'gone') AS known,
       earlier.session_id AS earlier_session, later.session_id AS later_session,
       a.trainer_id AS earlier_trainer, b.trainer_id AS later_trainer, b.service_id AS later_service,
       b.starts_at AS later_starts_at, trainer.time_zone
FROM bookings AS earlier
JOIN sessions AS a ON a.id = earlier.session_id
JOIN bookings AS later ON later.client_id = earlier.client_id
                      AND (later.created_at, later.id) > (earlier.created_at, earlier.id)
JOIN sessions AS b ON b.id = later.session_id
JOIN trainers AS trainer ON trainer.id = b.trainer_id
CROSS JOIN LATERAL (SELECT format('double_booking:%%s:%%s:%%s', least(a.id, b.id), greatest(a.id, b.id),
                                  earlier.client_id) AS key) AS pair
WHERE earlier.client_id = %(client_id)s
  AND earlier.status IN ('pending', 'confirmed') AND later.status IN ('pending', 'confirmed')
  AND a.trainer_id <> b.trainer_id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
  AND a.ends_at > %(now)s AND b.ends_at > %(now)s;

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
