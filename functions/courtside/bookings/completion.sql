-- start_due: A trainer's sessions whose time has come are under way.
UPDATE sessions SET status = 'in_progress'
WHERE trainer_id = %(trainer_id)s AND status IN ('open', 'booked', 'confirmed') AND starts_at <= %(now)s
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status, open_class, title;

-- list_due_for_completion: A trainer's sessions that ended a while ago.
SELECT id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
       capacity, seats_taken, status, open_class, title
FROM sessions
WHERE trainer_id = %(trainer_id)s AND status IN ('open', 'booked', 'confirmed', 'in_progress') AND ends_at <= %(ended_by)s
ORDER BY ends_at, id LIMIT 100;

-- list_trainers_due: Whose sessions are to be started or completed, longest due first.
SELECT trainer_id AS id FROM sessions
WHERE (status IN ('open', 'booked', 'confirmed') AND starts_at <= %(now)s)
   OR (status IN ('open', 'booked', 'confirmed', 'in_progress') AND ends_at <= %(ended_by)s)
GROUP BY trainer_id ORDER BY min(starts_at) LIMIT %(limit)s;

-- complete_session: A session is over, and whoever had a seat for sure was there.
WITH attended AS (
    UPDATE bookings SET status = 'completed' WHERE session_id = %(id)s AND status = 'confirmed'
)
UPDATE sessions SET status = 'completed', completed_at = %(now)s WHERE id = %(id)s
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status, open_class, title;

-- set_attendance: Whether somebody was there, and what missing it cost in all.
UPDATE bookings SET status = %(status)s, fee_minor = %(fee_minor)s, fee_credits = %(fee_credits)s WHERE id = %(id)s;

-- take_back_penalty: What missing a booking cost, which it costs no more.
WITH undone AS (
    DELETE FROM penalties WHERE booking_id = %(booking_id)s AND kind = 'no_show' RETURNING fee_minor, fee_credits
)
SELECT coalesce(sum(fee_minor), 0)::bigint AS fee_minor, coalesce(sum(fee_credits), 0)::int AS fee_credits FROM undone;
