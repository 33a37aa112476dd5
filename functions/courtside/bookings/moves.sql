-- move_booking: Puts a booking into another session, where its seats were taken; fees are added to those it has cost.
UPDATE bookings SET session_id = %(session_id)s, expires_at = %(expires_at)s, reschedules = reschedules + 1,
                    own_reschedules = own_reschedules + %(own)s, fee_minor = fee_minor + %(fee_minor)s,
                    fee_credits = fee_credits + %(fee_credits)s
WHERE id = %(id)s
RETURNING reschedules;

-- list_staying: Of sessions, what may keep them when nobody sits in them: an open class, and that somebody waits.
SELECT session.id, session.starts_at, session.open_class,
       EXISTS (SELECT FROM bookings AS other WHERE other.session_id = session.id AND other.status = 'waitlisted') AS awaited
FROM sessions AS session WHERE session.id = ANY (%(ids)s);

-- list_claimed_sessions: A trainer's sessions between two moments in which a client has another booking.
SELECT session.id
FROM sessions AS session JOIN bookings AS other ON other.session_id = session.id
WHERE session.trainer_id = %(trainer_id)s AND session.starts_at >= %(starts_at)s AND session.starts_at < %(ends_at)s
  AND other.client_id = %(client_id)s AND other.status <> 'cancelled' AND other.id IS DISTINCT FROM %(id)s;
