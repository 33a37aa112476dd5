-- insert_series: Keeps the rule by which bookings recur.
INSERT INTO series (id, client_id, service_id, rrule, starts_on, time_zone, exceptions, created_at)
VALUES (%(id)s, %(client_id)s, %(service_id)s, %(rrule)s, %(starts_on)s, %(time_zone)s, %(exceptions)s, %(now)s);

-- find_trainer_id: Whose service it is.
SELECT trainer_id AS id FROM services WHERE id = %(service_id)s;

-- list_to_come: The bookings of a series that have not started and can still change, by start.
SELECT booking.id, booking.session_id, booking.client_id, session.trainer_id, session.service_id, booking.status,
       booking.seats, session.starts_at, session.ends_at, booking.expires_at, booking.created_at, booking.booked_by,
       booking.price_minor, booking.currency, booking.pay_with_credits, booking.credits_spent, booking.fee_minor,
       booking.fee_credits, booking.reschedules, booking.own_reschedules, booking.series_id, booking.policy
FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE booking.series_id = %(series_id)s AND session.starts_at > %(now)s
  AND booking.status IN ('held', 'pending', 'confirmed')
ORDER BY session.starts_at, booking.id;
