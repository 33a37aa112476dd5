-- note_spent: Writes what a booking has cost in credits, or got back.
UPDATE bookings SET credits_spent = credits_spent + %(credits)s WHERE id = %(id)s;
