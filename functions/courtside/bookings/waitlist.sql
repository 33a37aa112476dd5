-- find_session_at: The session of a service that starts then.
SELECT id, trainer_id, service_id, starts_at, ends_at, lower(busy) AS busy_from, upper(busy) AS busy_until,
       capacity, seats_taken, status, open_class, title
FROM sessions WHERE service_id = %(service_id)s AND starts_at = %(starts_at)s AND status <> 'cancelled';

-- insert_waiting: A place in the line, unless the client has one in this session.
INSERT INTO bookings (id, session_id, client_id, status, seats, price_minor, currency, pay_with_credits, booked_by,
                      waitlisted_at, created_at)
VALUES (%(id)s, %(session_id)s, %(client_id)s, 'waitlisted', %(seats)s, %(price_minor)s, %(currency)s,
        %(pay_with_credits)s, %(booked_by)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING;

-- list_waiting: Who waits for a session, in the order of joining; whoever was blocked since is passed over.
SELECT booking.id, booking.client_id, booking.seats, booking.pay_with_credits, client.blocked_at IS NOT NULL AS blocked
FROM bookings AS booking JOIN users AS client ON client.id = booking.client_id
WHERE booking.session_id = %(session_id)s AND booking.status = 'waitlisted'
ORDER BY booking.waitlisted_at, booking.id;

-- end_waiting: Sends everybody home who waits for a session.
UPDATE bookings SET status = 'cancelled', cancelled_at = %(now)s, ended = %(how)s
WHERE session_id = %(session_id)s AND status = 'waitlisted'
RETURNING id, client_id, seats, pay_with_credits, false AS blocked;
