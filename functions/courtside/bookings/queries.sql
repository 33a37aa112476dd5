-- insert_session: Takes the trainer's time, unless it overlaps another session, buffers included: then no row.
INSERT INTO sessions (id, trainer_id, service_id, starts_at, ends_at, busy, capacity, seats_taken, status, created_at)
VALUES (%(id)s, %(trainer_id)s, %(service_id)s, %(starts_at)s, %(ends_at)s,
        tstzrange(%(busy_from)s, %(busy_until)s), %(capacity)s, 1, %(status)s, %(now)s)
-- A plain insert under the exclusion constraint can deadlock with another instead of failing.
ON CONFLICT DO NOTHING
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status;

-- take_seat: One more seat of a session, if it has one left.
UPDATE sessions SET seats_taken = seats_taken + 1
WHERE id = %(id)s AND seats_taken < capacity AND status <> 'cancelled'
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status;

-- give_back_seat: One seat fewer; the last one cancels the session, which frees its time.
UPDATE sessions SET
    seats_taken = seats_taken - 1,
    status = CASE WHEN seats_taken = 1 THEN 'cancelled' ELSE status END
WHERE id = %(id)s
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status;

-- insert_booking: A client's seat in a session, unless the client has one there.
INSERT INTO bookings (id, session_id, client_id, status, price_minor, currency, created_at)
VALUES (%(id)s, %(session_id)s, %(client_id)s, %(status)s, %(price_minor)s, %(currency)s, %(now)s)
ON CONFLICT DO NOTHING;

-- find_booking: A booking with its session's trainer, service and start.
SELECT booking.id, booking.session_id, booking.client_id, session.trainer_id, session.service_id, booking.status,
       session.starts_at
FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE booking.id = %(id)s;

-- cancel_booking: Ends a booking.
UPDATE bookings SET status = 'cancelled', cancelled_at = %(now)s, cancelled_by = %(cancelled_by)s,
                    cancel_reason = %(reason)s
WHERE id = %(id)s;

-- move_booking: Puts a booking into another session, unless its client has a seat there; under the trainer's lock.
UPDATE bookings AS booking SET session_id = %(session_id)s, reschedules = reschedules + 1
WHERE booking.id = %(id)s
  AND NOT EXISTS (SELECT FROM bookings AS other
                  WHERE other.session_id = %(session_id)s AND other.client_id = booking.client_id
                    AND other.status <> 'cancelled')
RETURNING reschedules;

-- list_bookings: Bookings with all that their documents show.
SELECT booking.id, booking.session_id, booking.client_id, client.display_name AS client_name,
       session.trainer_id, trainer.display_name AS trainer_name, session.service_id, service.name AS service_name,
       trainer.time_zone, session.starts_at, session.ends_at, booking.status, booking.price_minor, booking.currency,
       booking.reschedules, booking.created_at, booking.cancelled_at, booking.cancelled_by, booking.cancel_reason
FROM bookings AS booking
JOIN sessions AS session ON session.id = booking.session_id
JOIN services AS service ON service.id = session.service_id
JOIN trainers AS trainer ON trainer.id = session.trainer_id
JOIN users AS client ON client.id = booking.client_id
WHERE booking.id = ANY (%(ids)s);

-- list_sessions: Sessions with all that their documents show.
SELECT session.id, session.trainer_id, session.service_id, service.name AS service_name, trainer.time_zone,
       session.starts_at, session.ends_at, session.capacity, session.seats_taken, session.status, session.created_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(b.id, b.client_id, client.display_name, b.status)
                                  ORDER BY b.created_at, b.id), '[]')
        FROM bookings AS b JOIN users AS client ON client.id = b.client_id
        WHERE b.session_id = session.id AND b.status <> 'cancelled') AS attendees
FROM sessions AS session
JOIN services AS service ON service.id = session.service_id
JOIN trainers AS trainer ON trainer.id = session.trainer_id
WHERE session.id = ANY (%(ids)s);

-- list_paths_of_trainer: The documents of every session and booking of a trainer.
SELECT 'sessions/' || session.id AS path FROM sessions AS session WHERE session.trainer_id = %(trainer_id)s
UNION ALL
SELECT 'bookings/' || booking.id FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE session.trainer_id = %(trainer_id)s;
