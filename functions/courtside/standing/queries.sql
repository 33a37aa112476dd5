-- find_to_come: How many bookings to come somebody has, and how many sessions to come of theirs somebody else has.
SELECT (SELECT count(*) FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
        WHERE booking.client_id = %(id)s AND session.starts_at > %(now)s
          AND booking.status IN ('held', 'pending', 'confirmed', 'waitlisted', 'offered')) AS bookings,
       (SELECT count(*) FROM sessions AS session
        WHERE session.trainer_id = %(id)s AND session.ends_at > %(now)s
          AND session.status IN ('open', 'booked', 'confirmed', 'in_progress')
          AND EXISTS (SELECT FROM bookings AS booking WHERE booking.session_id = session.id
                      AND booking.status IN ('held', 'pending', 'confirmed', 'waitlisted', 'offered'))) AS sessions;
