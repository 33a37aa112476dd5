-- move_booking: Puts a booking into another session, where its seats were taken; fees are added to those it has cost.
UPDATE bookings SET session_id = %(session_id)s, expires_at = %(expires_at)s, stands_since = %(now)s,
                    reschedules = reschedules + 1, own_reschedules = own_reschedules + %(own)s, fee_minor = fee_minor + %(fee_minor)s,
                    fee_credits = fee_credits + %(fee_credits)s
WHERE id = %(id)s
RETURNING reschedules;
