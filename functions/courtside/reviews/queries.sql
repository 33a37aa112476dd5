-- insert_review: A review, unless the booking has one.
INSERT INTO reviews (id, booking_id, client_id, trainer_id, rating, text, created_at)
VALUES (%(id)s, %(booking_id)s, %(client_id)s, %(trainer_id)s, %(rating)s, %(text)s, %(now)s)
ON CONFLICT DO NOTHING;

-- lock_review: A review that was not deleted, held until commit.
SELECT id, booking_id, client_id, trainer_id, rating, text, reply, replied_at, created_at, edited_at, hidden_at
FROM reviews WHERE id = %(id)s AND deleted_at IS NULL FOR NO KEY UPDATE;

-- update_review: Writes what a client says now.
UPDATE reviews SET rating = %(rating)s, text = %(text)s, edited_at = %(now)s WHERE id = %(id)s;

-- delete_review: Takes a review back.
UPDATE reviews SET deleted_at = %(now)s WHERE id = %(id)s;

-- reply: Writes the trainer's answer, or takes it back.
UPDATE reviews SET reply = nullif(%(text)s, ''), replied_at = CASE WHEN %(text)s <> '' THEN %(now)s END WHERE id = %(id)s;

-- moderate: Hides a review, or shows it again.
UPDATE reviews SET hidden_at = CASE WHEN %(hidden)s THEN %(now)s END, hidden_reason = %(reason)s WHERE id = %(id)s;

-- add_rating: Counts the stars of one more visible review.
INSERT INTO ratings AS r (trainer_id, total, count) VALUES (%(trainer_id)s, %(stars)s, 1)
ON CONFLICT (trainer_id) DO UPDATE SET total = r.total + %(stars)s, count = r.count + 1;

-- change_rating: Counts other stars, or fewer, of reviews that were counted.
UPDATE ratings SET total = total + %(stars)s, count = count + %(reviews)s WHERE trainer_id = %(trainer_id)s;

-- list_reviews: Reviews with what their documents show; hidden and deleted ones, and those of trainers who left, are left out.
SELECT review.id, review.booking_id, review.client_id, review.trainer_id, review.rating, review.text, review.reply,
       review.replied_at, review.created_at, review.edited_at, review.hidden_at,
       CASE WHEN client.deleted_at IS NULL THEN client.display_name ELSE '' END AS client_name, service.name AS service_name
FROM reviews AS review
JOIN users AS client ON client.id = review.client_id
JOIN bookings AS booking ON booking.id = review.booking_id
JOIN sessions AS session ON session.id = booking.session_id
JOIN services AS service ON service.id = session.service_id
JOIN trainers AS trainer ON trainer.id = review.trainer_id
WHERE review.id = ANY (%(ids)s) AND review.deleted_at IS NULL AND review.hidden_at IS NULL AND trainer.status <> 'deleted';

-- list_ratings: What trainers' visible reviews amount to.
SELECT trainer_id, total, count FROM ratings WHERE trainer_id = ANY (%(trainer_ids)s);

-- list_paths_of_author: The documents of every review of a client.
SELECT 'trainers/' || trainer_id || '/reviews/' || id AS path FROM reviews WHERE client_id = %(client_id)s;
