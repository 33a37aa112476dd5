-- delete_weekly_hours: Clears the regular week of a trainer, or of one of its services.
DELETE FROM weekly_hours
WHERE trainer_id = %(trainer_id)s AND service_id IS NOT DISTINCT FROM %(service_id)s::uuid;

-- insert_weekly_hours: Writes the regular week of a trainer, or of one of its services; each weekday's ranges arrive as a multirange's text.
INSERT INTO weekly_hours (trainer_id, service_id, weekday, hours)
SELECT %(trainer_id)s, %(service_id)s, day.weekday, day.hours::int4multirange
FROM unnest(%(weekdays)s::int[], %(hours)s::text[]) AS day (weekday, hours);

-- upsert_override: Writes the hours of one date.
INSERT INTO overrides (trainer_id, on_date, hours) VALUES (%(trainer_id)s, %(on_date)s, %(hours)s::int4multirange)
ON CONFLICT (trainer_id, on_date) DO UPDATE SET hours = excluded.hours;

-- delete_override: Lets a date go back to the weekly hours.
DELETE FROM overrides WHERE trainer_id = %(trainer_id)s AND on_date = %(on_date)s;

-- insert_time_off: Takes a stretch of a trainer's time out of its working hours.
INSERT INTO time_off (id, trainer_id, off, reason, created_at)
VALUES (%(id)s, %(trainer_id)s, tstzrange(%(starts_at)s, %(ends_at)s), %(reason)s, %(now)s);

-- delete_time_off: Gives the time back; its beginning and end, no row where there is no such time off.
DELETE FROM time_off WHERE id = %(id)s AND trainer_id = %(trainer_id)s
RETURNING lower(off) AS starts_at, upper(off) AS ends_at, reason;

-- insert_resource: Adds something that trainers share, unless there is one of that name.
INSERT INTO resources (id, name, created_at) VALUES (%(id)s, %(name)s, %(now)s) ON CONFLICT DO NOTHING;

-- retire_resource: Takes a resource out of use, unless it is already.
UPDATE resources SET active = false WHERE id = %(id)s AND active;

-- list_sharers: The approved trainers with a service in a room, and how long their longest one takes with its buffers.
SELECT trainer.id AS trainer_id, trainer.time_zone,
       max(service.duration_minutes + service.buffer_before_minutes + service.buffer_after_minutes) AS longest_minutes,
       max(coalesce(service.horizon_days, trainer.horizon_days)) AS horizon_days
FROM services AS service JOIN trainers AS trainer ON trainer.id = service.trainer_id
WHERE service.resource_id = %(resource_id)s AND service.active AND trainer.status = 'approved'
GROUP BY trainer.id ORDER BY trainer.id;

-- list_calendars: All that decides the open times of trainers between two moments, one row a trainer: weekly hours as [service or null, weekday, start, end], overrides as [date, start, end], both with nulls where closed, and as epoch seconds time off, the time of their rooms that others take (nulls where a room is retired) and sessions.
SELECT trainer.id AS trainer_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(day.service_id, day.weekday, lower(r), upper(r))), '[]')
        FROM weekly_hours AS day LEFT JOIN LATERAL unnest(day.hours) AS r ON true
        WHERE day.trainer_id = trainer.id) AS weekly,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(o.on_date, lower(r), upper(r))), '[]')
        FROM overrides AS o LEFT JOIN LATERAL unnest(o.hours) AS r ON true
        WHERE o.trainer_id = trainer.id
          AND o.on_date BETWEEN %(starts_at)s::date - 3 AND %(ends_at)s::date + 3) AS overrides,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(
            extract(epoch FROM lower(t.off))::bigint, extract(epoch FROM upper(t.off))::bigint)), '[]')
        FROM time_off AS t WHERE t.trainer_id = trainer.id AND t.off && around.near) AS time_off,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(room.id, taken.first, taken.until)), '[]')
        FROM resources AS room
        JOIN LATERAL (
            SELECT extract(epoch FROM lower(other.busy))::bigint AS first,
                   extract(epoch FROM upper(other.busy))::bigint AS until
            FROM sessions AS other
            WHERE room.active AND other.resource_id = room.id AND other.status <> 'cancelled'
              AND other.trainer_id <> trainer.id AND other.busy && around.near
            UNION ALL SELECT NULL, NULL WHERE NOT room.active) AS taken ON true
        WHERE room.id IN (SELECT s.resource_id FROM services AS s
                          WHERE s.trainer_id = trainer.id AND s.resource_id IS NOT NULL)) AS rooms,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(
            s.id, s.service_id, extract(epoch FROM lower(s.busy))::bigint, extract(epoch FROM upper(s.busy))::bigint,
            extract(epoch FROM s.starts_at)::bigint, extract(epoch FROM s.ends_at)::bigint,
            s.capacity, s.seats_taken, s.title) ORDER BY s.starts_at), '[]')
        FROM sessions AS s
        WHERE s.trainer_id = trainer.id AND s.status <> 'cancelled' AND s.busy && around.counted) AS sessions
FROM unnest(%(trainer_ids)s::text[]) AS trainer (id)
CROSS JOIN LATERAL (
    SELECT tstzrange(%(starts_at)s::timestamptz - interval '2 days', %(ends_at)s::timestamptz + interval '2 days') AS near,
           -- A weekly cap counts from Monday to Sunday.
           tstzrange(%(starts_at)s::timestamptz - reach, %(ends_at)s::timestamptz + reach) AS counted
    FROM (SELECT CASE WHEN EXISTS (SELECT FROM trainers AS t WHERE t.id = trainer.id AND t.weekly_cap IS NOT NULL)
                        OR EXISTS (SELECT FROM services AS s WHERE s.trainer_id = trainer.id AND s.weekly_cap IS NOT NULL)
                      THEN interval '9 days' ELSE interval '2 days' END AS reach) AS cap) AS around;
