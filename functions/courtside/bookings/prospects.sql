-- list_staying: Of sessions, what may keep them when nobody sits in them: an open class, and that somebody waits.
SELECT session.id, session.starts_at, session.open_class,
       EXISTS (SELECT FROM bookings AS other WHERE other.session_id = session.id AND other.status = 'waitlisted') AS awaited
FROM sessions AS session WHERE session.id = ANY (%(ids)s);

-- list_claimed: A trainer's sessions between two starts in which a client has another booking that is not over.
SELECT session.id
FROM sessions AS session JOIN bookings AS other ON other.session_id = session.id
WHERE session.trainer_id = %(trainer_id)s AND session.starts_at BETWEEN %(first)s AND %(last)s
  AND other.client_id = %(client_id)s AND other.id IS DISTINCT FROM %(leaving)s AND other.status <> 'cancelled'
  AND (other.expires_at IS NULL OR other.expires_at > %(now)s);
