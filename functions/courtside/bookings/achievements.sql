-- list_histories: How many sessions clients have completed, and in which weeks of their zones.
SELECT client.id AS client_id, count(booking.id)::int AS sessions,
       coalesce(array_agg(DISTINCT date_trunc('week', session.starts_at AT TIME ZONE client.time_zone)::date)
                FILTER (WHERE booking.id IS NOT NULL), '{}') AS weeks
FROM users AS client
LEFT JOIN bookings AS booking ON booking.client_id = client.id AND booking.status = 'completed'
LEFT JOIN sessions AS session ON session.id = booking.session_id
WHERE client.id = ANY (%(client_ids)s)
GROUP BY client.id;

-- set_achievements: Awards what is there, revokes what is not any more; gives what changed.
WITH due AS (
    SELECT client_id, code FROM unnest(%(owners)s::text[], %(codes)s::text[]) AS d (client_id, code)
), awarded AS (
    INSERT INTO achievements AS a (client_id, code, awarded_at)
    SELECT client_id, code, %(now)s FROM due ORDER BY client_id, code
    ON CONFLICT (client_id, code) DO UPDATE SET awarded_at = excluded.awarded_at, revoked_at = NULL
    WHERE a.revoked_at IS NOT NULL
    RETURNING client_id, code, true AS awarded
), revoked AS (
    UPDATE achievements SET revoked_at = %(now)s
    WHERE client_id = ANY (%(client_ids)s) AND revoked_at IS NULL
      AND NOT EXISTS (SELECT FROM due WHERE due.client_id = achievements.client_id AND due.code = achievements.code)
    RETURNING client_id, code, false AS awarded
)
SELECT client_id, code, awarded FROM awarded UNION ALL SELECT client_id, code, awarded FROM revoked
ORDER BY client_id, code;

-- list_achievements: What clients have achieved, oldest first.
SELECT client_id, code, awarded_at FROM achievements
WHERE client_id = ANY (%(client_ids)s) AND revoked_at IS NULL ORDER BY client_id, awarded_at, code;
