-- insert_session: Takes the trainer's time and room, unless either is taken, buffers included: then no row.
INSERT INTO sessions (id, trainer_id, service_id, starts_at, ends_at, busy, capacity, seats_taken, status, open_class,
                      title, resource_id, created_at)
VALUES (%(id)s, %(trainer_id)s, %(service_id)s, %(starts_at)s, %(ends_at)s,
        tstzrange(%(busy_from)s, %(busy_until)s), %(capacity)s, %(seats)s, %(status)s, %(open_class)s,
        %(title)s, %(resource_id)s, %(now)s)
-- A plain insert under the exclusion constraint can deadlock with another instead of failing.
ON CONFLICT DO NOTHING
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status, open_class, title;

-- take_seats: More seats of a session, if it has so many left and the client none of them.
UPDATE sessions SET
    seats_taken = seats_taken + %(seats)s,
    status = CASE WHEN status = 'open' AND %(provisional)s THEN 'booked'
                  WHEN status IN ('open', 'booked') AND NOT %(provisional)s THEN 'confirmed'
                  ELSE status END
WHERE id = %(id)s AND seats_taken + %(seats)s <= capacity AND status NOT IN ('cancelled', 'completed')
  AND NOT EXISTS (SELECT FROM bookings AS other
                  WHERE other.session_id = sessions.id AND other.client_id = %(client_id)s
                    AND other.status <> 'cancelled' AND other.id IS DISTINCT FROM %(booking_id)s)
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status, open_class, title;

-- give_back_seats: Fewer seats taken, by a booking that has them no more; the last frees the time, unless somebody waits for it or the class stays open.
WITH left_over AS (
    SELECT CASE WHEN session.status NOT IN ('booked', 'confirmed') THEN session.status
                WHEN bool_or(other.status IN ('confirmed', 'completed', 'no_show')) THEN 'confirmed'
                WHEN session.seats_taken > %(seats)s THEN 'booked'
                WHEN session.open_class OR bool_or(other.status = 'waitlisted') THEN 'open'
                ELSE 'cancelled' END AS status
    FROM sessions AS session LEFT JOIN bookings AS other ON other.session_id = session.id AND other.id <> %(booking_id)s
    WHERE session.id = %(id)s GROUP BY session.id
)
UPDATE sessions SET
    seats_taken = seats_taken - %(seats)s,
    status = left_over.status,
    cancelled_at = CASE WHEN left_over.status = 'cancelled' THEN %(now)s END
FROM left_over WHERE id = %(id)s
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, sessions.status, open_class, title;

-- close_session: Cancels a session that nobody has a seat in.
UPDATE sessions SET status = 'cancelled', cancelled_at = %(now)s WHERE id = %(id)s AND seats_taken = 0
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status, open_class, title;

-- find_session: A session.
SELECT id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
       capacity, seats_taken, status, open_class, title
FROM sessions WHERE id = %(id)s;

-- insert_booking: A client's claim on seats of a session, on the terms of its service, unless the client has one there.
INSERT INTO bookings (id, session_id, client_id, status, seats, expires_at, price_minor, currency, pay_with_credits,
                      booked_by, series_id, series_on, created_at, stands_since, policy)
VALUES (%(id)s, %(session_id)s, %(client_id)s, %(status)s, %(seats)s, %(expires_at)s, %(price_minor)s, %(currency)s,
        %(pay_with_credits)s, %(booked_by)s, %(series_id)s, %(series_on)s, %(now)s,
        CASE WHEN %(status)s = 'confirmed' THEN %(now)s END,
        (SELECT service.policy FROM sessions AS session JOIN services AS service ON service.id = session.service_id
         WHERE session.id = %(session_id)s))
ON CONFLICT DO NOTHING;

-- find_booking: A booking with its session's trainer, service and time.
SELECT booking.id, booking.session_id, booking.client_id, session.trainer_id, session.service_id, booking.status,
       booking.seats, session.starts_at, session.ends_at, booking.expires_at, booking.created_at, booking.booked_by,
       booking.price_minor, booking.currency, booking.pay_with_credits, booking.credits_spent, booking.fee_minor,
       booking.fee_credits, booking.reschedules, booking.own_reschedules, booking.series_id, booking.policy
FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE booking.id = %(id)s;

-- list_overdue: A trainer's holds, requests and offers whose time is over, in the order in which it ended.
SELECT booking.id, booking.session_id, booking.client_id, session.trainer_id, session.service_id, booking.status,
       booking.seats, session.starts_at, session.ends_at, booking.expires_at, booking.created_at, booking.booked_by,
       booking.price_minor, booking.currency, booking.pay_with_credits, booking.credits_spent, booking.fee_minor,
       booking.fee_credits, booking.reschedules, booking.own_reschedules, booking.series_id, booking.policy
FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE booking.expires_at <= %(now)s AND session.trainer_id = %(trainer_id)s
ORDER BY booking.expires_at, booking.id LIMIT 100;

-- end_booking: Ends a booking.
UPDATE bookings SET status = 'cancelled', expires_at = NULL, cancelled_at = %(now)s, cancelled_by = %(cancelled_by)s,
                    cancel_reason = %(reason)s, ended = %(how)s, late = %(late)s, grace_used = %(grace_used)s,
                    fee_minor = %(fee_minor)s, fee_credits = %(fee_credits)s, waived_reason = %(waived_reason)s
WHERE id = %(id)s;

-- advance_booking: Makes a provisional booking surer or last longer, and its session with it.
WITH advanced AS (
    UPDATE bookings SET status = %(status)s, expires_at = %(expires_at)s, pay_with_credits = %(pay_with_credits)s,
                        stands_since = CASE WHEN %(status)s = 'confirmed' THEN %(now)s END
    WHERE id = %(id)s RETURNING session_id
)
UPDATE sessions SET
    status = CASE WHEN sessions.status IN ('open', 'booked') AND %(status)s = 'confirmed' THEN 'confirmed'
                  ELSE sessions.status END
FROM advanced WHERE sessions.id = advanced.session_id
RETURNING id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
          capacity, seats_taken, status, open_class, title;

-- update_session: Writes what staff may change of a session.
UPDATE sessions SET title = %(title)s, capacity = %(capacity)s WHERE id = %(id)s;

-- list_booking_ids: The bookings of a session, ended ones included.
SELECT id FROM bookings WHERE session_id = %(session_id)s ORDER BY id;

-- lock_client: One after another for those who count a client's holds; references to the client need not wait.
SELECT FROM users WHERE id = %(client_id)s FOR NO KEY UPDATE;

-- count_live_holds: How many holds a client has made; those of staff are not the client's doing.
SELECT count(*) AS holds FROM bookings
WHERE client_id = %(client_id)s AND booked_by = client_id AND status = 'held' AND expires_at > %(now)s;

-- list_claims: Whoever has, wants or waits for a seat of a session; first who waits, so that nothing freed is offered to them.
SELECT booking.id, booking.session_id, booking.client_id, session.trainer_id, session.service_id, booking.status,
       booking.seats, session.starts_at, session.ends_at, booking.expires_at, booking.created_at, booking.booked_by,
       booking.price_minor, booking.currency, booking.pay_with_credits, booking.credits_spent, booking.fee_minor,
       booking.fee_credits, booking.reschedules, booking.own_reschedules, booking.series_id, booking.policy
FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE booking.session_id = %(session_id)s AND booking.status <> 'cancelled'
ORDER BY booking.status <> 'waitlisted', booking.created_at, booking.id;

-- list_overdue_trainers: Whose holds, requests and offers are over, longest first.
SELECT session.trainer_id
FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE booking.expires_at <= %(now)s
GROUP BY session.trainer_id ORDER BY min(booking.expires_at) LIMIT %(limit)s;

-- list_bookings: Bookings with all that their documents show.
SELECT booking.id, booking.session_id, booking.client_id, client.display_name AS client_name,
       session.trainer_id, trainer.display_name AS trainer_name, session.service_id, service.name AS service_name,
       trainer.time_zone, session.starts_at, session.ends_at, booking.status, session.title, booking.seats,
       booking.expires_at, booking.price_minor, booking.currency, booking.pay_with_credits, booking.credits_spent,
       booking.reschedules, booking.series_id, booking.created_at, booking.booked_by, booking.cancelled_at,
       booking.cancelled_by, booking.cancel_reason, booking.ended, booking.late, booking.fee_minor, booking.fee_credits,
       CASE WHEN booking.status = 'waitlisted' THEN
           (SELECT count(*) FROM bookings AS ahead
            WHERE ahead.session_id = booking.session_id AND ahead.status = 'waitlisted'
              AND (ahead.waitlisted_at, ahead.id) <= (booking.waitlisted_at, booking.id)) END AS waitlist_position
FROM bookings AS booking
JOIN sessions AS session ON session.id = booking.session_id
JOIN services AS service ON service.id = session.service_id
JOIN trainers AS trainer ON trainer.id = session.trainer_id
JOIN users AS client ON client.id = booking.client_id
WHERE booking.id = ANY (%(ids)s);

-- list_sessions: Sessions with all that their documents show.
SELECT session.id, session.trainer_id, session.service_id, service.name AS service_name, trainer.time_zone,
       session.starts_at, session.ends_at, session.capacity, session.seats_taken, session.status, session.open_class,
       session.title, session.created_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(b.id, b.client_id, client.display_name, b.status, b.seats)
                                  ORDER BY b.created_at, b.id), '[]')
        FROM bookings AS b JOIN users AS client ON client.id = b.client_id
        WHERE b.session_id = session.id AND b.status <> 'cancelled') AS attendees
FROM sessions AS session
JOIN services AS service ON service.id = session.service_id
JOIN trainers AS trainer ON trainer.id = session.trainer_id
WHERE session.id = ANY (%(ids)s);

-- list_paths_of_client: The documents of every booking of a client, and of the sessions they are in.
SELECT 'bookings/' || id AS path FROM bookings WHERE client_id = %(client_id)s
UNION
SELECT 'sessions/' || session_id FROM bookings WHERE client_id = %(client_id)s;

-- list_paths_of_trainer: The documents of every session and booking of a trainer.
SELECT 'sessions/' || session.id AS path FROM sessions AS session WHERE session.trainer_id = %(trainer_id)s
UNION ALL
SELECT 'bookings/' || booking.id FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE session.trainer_id = %(trainer_id)s;
