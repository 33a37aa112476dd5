-- list_waiting: Who waits for a session, in the order of joining; whoever was blocked or has left since is passed over.
SELECT booking.id, booking.client_id, booking.seats, booking.pay_with_credits,
       client.blocked_at IS NOT NULL OR client.deleted_at IS NOT NULL AS blocked
FROM bookings AS booking JOIN users AS client ON client.id = booking.client_id
WHERE booking.session_id = %(session_id)s AND booking.status = 'waitlisted'
ORDER BY booking.waitlisted_at, booking.id;

-- end_waiting: Sends everybody home who waits for a session.
UPDATE bookings SET status = 'cancelled', cancelled_at = %(now)s, ended = %(how)s
WHERE session_id = %(session_id)s AND status = 'waitlisted'
RETURNING id, client_id, seats, pay_with_credits, false AS blocked;
