-- list_near: Sessions of which somebody is to be reminded by now and was not yet, of the lead nearest to the start; the first to begin first.
SELECT session.id::text AS id
FROM sessions AS session
JOIN services AS service ON service.id = session.service_id
CROSS JOIN LATERAL (
    SELECT min(lead) AS minutes FROM unnest(service.reminders) AS lead
    WHERE session.starts_at - make_interval(mins => lead) <= %(now)s) AS due
CROSS JOIN LATERAL (
    SELECT concat_ws(':', due.minutes, extract(epoch FROM session.starts_at)::bigint) AS occasion) AS told
-- By index for each session, never through all that was ever booked and told: hence the limit and the scalar subqueries.
CROSS JOIN LATERAL (
    SELECT FROM bookings AS booking
    WHERE booking.session_id = session.id AND booking.status = 'confirmed'
      AND session.starts_at - make_interval(mins => due.minutes) > coalesce(booking.stands_since, booking.created_at)
      AND ((SELECT id FROM notifications
            WHERE user_id = booking.client_id
              AND dedupe_key = concat_ws(':', 'session.reminder', booking.id, told.occasion)) IS NULL
           OR (SELECT id FROM notifications
               WHERE user_id = session.trainer_id
                 AND dedupe_key = concat_ws(':', 'session.reminder', session.id, told.occasion)) IS NULL)
    LIMIT 1) AS untold
WHERE session.status = 'confirmed' AND session.starts_at > %(now)s
  -- As far ahead as any service reminds.
  AND session.starts_at <= %(now)s + make_interval(
      mins => (SELECT max(lead) FROM services CROSS JOIN LATERAL unnest(reminders) AS lead))
ORDER BY session.starts_at LIMIT %(limit)s;

-- lock_reminded: Bookings of a session that are due to be told of, held until commit; one that somebody changes just now is for the next run.
SELECT booking.id AS booking_id, session.id AS session_id, booking.client_id, session.trainer_id,
       coalesce(nullif(session.title, ''), service.name) AS service_name, session.starts_at, session.ends_at,
       due.minutes AS lead_minutes
FROM sessions AS session
JOIN services AS service ON service.id = session.service_id
CROSS JOIN LATERAL (
    SELECT min(lead) AS minutes FROM unnest(service.reminders) AS lead
    WHERE session.starts_at - make_interval(mins => lead) <= %(now)s) AS due
JOIN bookings AS booking ON booking.session_id = session.id AND booking.status = 'confirmed'
WHERE session.id = %(session_id)s AND session.status = 'confirmed' AND session.starts_at > %(now)s
  AND session.starts_at - make_interval(mins => due.minutes) > coalesce(booking.stands_since, booking.created_at)
ORDER BY booking.id FOR SHARE OF booking SKIP LOCKED;

-- list_owners_of_expiring: Whose credits expire soon without them having been told; the first to expire first.
SELECT client_id AS id FROM allocations JOIN users ON users.id = client_id AND users.deleted_at IS NULL
WHERE remaining > 0 AND expires_at > %(now)s AND expires_at <= %(now)s + %(warning)s
  -- Of what was granted for a short time only, its owner has had half of that to use it.
  AND allocations.created_at + (expires_at - allocations.created_at) / 2 <= %(now)s
  AND NOT EXISTS (SELECT FROM notifications
                  WHERE user_id = client_id AND dedupe_key = concat_ws(':', 'credits.expiring', allocations.id))
GROUP BY client_id ORDER BY min(expires_at) LIMIT %(limit)s;

-- lock_expiring: A client's allocations that expire soon and were not told of, held until commit.
SELECT id AS allocation_id, client_id, remaining, expires_at FROM allocations
WHERE client_id = %(client_id)s AND remaining > 0 AND expires_at > %(now)s AND expires_at <= %(now)s + %(warning)s
  AND created_at + (expires_at - created_at) / 2 <= %(now)s
  AND NOT EXISTS (SELECT FROM notifications
                  WHERE user_id = client_id AND dedupe_key = concat_ws(':', 'credits.expiring', allocations.id))
ORDER BY id FOR SHARE;
