-- replace_feed: Gives a person's calendar a new secret, of which only the digest is kept; the former one ends.
INSERT INTO calendar_feeds (user_id, token_digest, created_at) VALUES (%(user_id)s, %(digest)s, %(now)s)
ON CONFLICT (user_id) DO UPDATE SET token_digest = excluded.token_digest, created_at = excluded.created_at;

-- end_feed: Ends a person's calendar feed.
DELETE FROM calendar_feeds WHERE user_id = %(user_id)s;

-- find_feed: Whose calendar a secret opens; nobody's once another took its place or the account is blocked.
SELECT feed.user_id, account.display_name
FROM calendar_feeds AS feed JOIN users AS account ON account.id = feed.user_id
WHERE feed.token_digest = %(digest)s AND account.blocked_at IS NULL;

-- list_booked: What stands in a client's calendar: seats taken, asked for, or given up not long ago.
SELECT 'booking-' || booking.id AS uid, service.name AS service_name, session.title,
       trainer.display_name AS with_whom, coalesce(resource.name, '') AS place, trainer.time_zone,
       session.starts_at, session.ends_at, booking.status, booking.revision,
       coalesce(booking.changed_at, booking.created_at) AS changed_at
FROM bookings AS booking
JOIN sessions AS session ON session.id = booking.session_id
JOIN services AS service ON service.id = session.service_id
JOIN trainers AS trainer ON trainer.id = session.trainer_id
LEFT JOIN resources AS resource ON resource.id = session.resource_id
WHERE (%(booking_ids)s::uuid[] IS NULL AND booking.client_id = %(user_id)s OR booking.id = ANY (%(booking_ids)s))
  AND booking.status IN ('pending', 'confirmed', 'completed', 'no_show', 'cancelled')
  -- A hold that ran out was never in anybody's calendar.
  AND coalesce(booking.ended, '') NOT IN ('hold_expired', 'hold_released', 'offer_expired', 'offer_declined', 'left_waitlist')
  AND session.starts_at >= %(since)s
ORDER BY session.starts_at, booking.id LIMIT %(limit)s;

-- list_held_sessions: What stands in a trainer's calendar: sessions with seats taken, open classes, and what was called off not long ago.
SELECT 'session-' || session.id AS uid, service.name AS service_name, session.title,
       coalesce((SELECT string_agg(client.display_name, ', ' ORDER BY booking.created_at, booking.id)
                 FROM bookings AS booking JOIN users AS client ON client.id = booking.client_id
                 WHERE booking.session_id = session.id
                   AND booking.status IN ('pending', 'confirmed', 'completed', 'no_show')), '') AS with_whom,
       coalesce(resource.name, '') AS place, trainer.time_zone,
       session.starts_at, session.ends_at, session.status, session.revision,
       coalesce(session.changed_at, session.created_at) AS changed_at
FROM sessions AS session
JOIN services AS service ON service.id = session.service_id
JOIN trainers AS trainer ON trainer.id = session.trainer_id
LEFT JOIN resources AS resource ON resource.id = session.resource_id
WHERE session.trainer_id = %(user_id)s AND session.starts_at >= %(since)s
  -- Whoever became a client looks no more at what others booked.
  AND EXISTS (SELECT FROM users WHERE users.id = session.trainer_id AND users.role <> 'client')
ORDER BY session.starts_at, session.id LIMIT %(limit)s;
