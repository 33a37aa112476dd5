-- Whoever gives a seat back looks at all that is left in the session, cancelled bookings included.

CREATE INDEX bookings_by_session ON bookings (session_id);
