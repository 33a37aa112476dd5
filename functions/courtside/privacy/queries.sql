-- close_account: Ends an account: nothing in it says any more who it was, its tokens and its calendar are void.
WITH calendar AS (
    DELETE FROM calendar_feeds WHERE user_id = %(id)s
)
UPDATE users SET deleted_at = %(now)s, tokens_valid_from = date_trunc('second', clock_timestamp()) + interval '1 second',
                 display_name = %(name)s, email = NULL, phone = NULL, locale = 'en', time_zone = 'UTC'
WHERE id = %(id)s AND deleted_at IS NULL;

-- close_trainer: Takes a trainer out of the public's sight, with all that can be booked.
WITH offer AS (
    UPDATE services SET active = false WHERE trainer_id = %(id)s
)
UPDATE trainers SET status = 'deleted' WHERE id = %(id)s;

-- count_booked_sessions: How many sessions to come of a trainer somebody has, wants or waits for a seat in.
SELECT count(DISTINCT session.id) AS sessions
FROM sessions AS session JOIN bookings AS booking ON booking.session_id = session.id
WHERE session.trainer_id = %(trainer_id)s AND session.starts_at > %(now)s AND session.status <> 'cancelled'
  AND booking.status IN ('held', 'pending', 'confirmed', 'waitlisted', 'offered');

-- insert_erasure: Begins the removal of what an account left.
INSERT INTO erasures (user_id, requested_at, requested_by, receipt_digest, step, next_at)
VALUES (%(user_id)s, %(now)s, %(requested_by)s, %(digest)s, %(step)s, clock_timestamp());

-- lease_erasures: Deletions that are due and that nobody carries on, for as long as the lease lasts.
WITH due AS (
    SELECT user_id FROM erasures
    WHERE step IS NOT NULL AND next_at <= clock_timestamp() AND coalesce(lease_until, '-infinity') < clock_timestamp()
    ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE erasures AS e SET lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s), attempts = e.attempts + 1
FROM due WHERE e.user_id = due.user_id
RETURNING e.user_id, e.step, e.after, e.attempts, e.finished_at IS NOT NULL AS again;

-- advance_erasure: Notes how far a deletion has come; null is the end, which is reached once.
UPDATE erasures SET step = %(step)s, after = %(after)s, attempts = least(attempts, 1), last_error = NULL,
                    lease_until = CASE WHEN %(step)s::text IS NULL THEN NULL
                                       ELSE clock_timestamp() + make_interval(secs => %(lease_seconds)s) END,
                    finished_at = CASE WHEN %(step)s::text IS NULL THEN coalesce(finished_at, clock_timestamp())
                                       ELSE finished_at END
WHERE user_id = %(user_id)s;

-- release_erasure: Gives a deletion back, to be gone on with after a pause.
UPDATE erasures SET lease_until = NULL, last_error = %(error)s, next_at = clock_timestamp() + make_interval(secs => %(pause)s)
WHERE user_id = %(user_id)s;

-- find_progress: How far a deletion is, by its receipt.
SELECT requested_at, step, attempts, finished_at FROM erasures WHERE receipt_digest = %(digest)s;

-- look_again: Has finished deletions of late looked after once more: what was under way then may have come after.
UPDATE erasures SET step = %(step)s, after = '', attempts = 0, next_at = clock_timestamp()
WHERE step IS NULL AND finished_at > clock_timestamp() - make_interval(days => %(days)s);

-- has_line: Whether somebody has left a line of the audit about a subject since then.
SELECT EXISTS (SELECT FROM audit WHERE subject = %(subject)s AND actor = %(actor)s AND at > %(since)s) AS found;

-- count_open: Deletions that are not finished: how many, how many of them failed last time, and since when the oldest waits.
SELECT count(*) AS open, count(last_error) AS failing, min(requested_at) AS oldest_at FROM erasures
WHERE finished_at IS NULL;
