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
