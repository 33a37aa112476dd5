-- delete_weekly_hours: Clears a trainer's regular week.
DELETE FROM weekly_hours WHERE trainer_id = %(trainer_id)s;

-- insert_weekly_hours: Writes a trainer's regular week; each weekday's ranges arrive as a multirange's text.
INSERT INTO weekly_hours (trainer_id, weekday, hours)
SELECT %(trainer_id)s, day.weekday, day.hours::int4multirange
FROM unnest(%(weekdays)s::int[], %(hours)s::text[]) AS day (weekday, hours);

-- upsert_override: Writes the hours of one date.
INSERT INTO overrides (trainer_id, on_date, hours) VALUES (%(trainer_id)s, %(on_date)s, %(hours)s::int4multirange)
ON CONFLICT (trainer_id, on_date) DO UPDATE SET hours = excluded.hours;

-- delete_override: Lets a date go back to the weekly hours.
DELETE FROM overrides WHERE trainer_id = %(trainer_id)s AND on_date = %(on_date)s;

-- list_calendars: All that decides the open times of trainers between two moments: weekly hours as [weekday, start, end], overrides as [date, start, end] with nulls where closed, busy time as epoch seconds, one row a trainer.
SELECT trainer.id AS trainer_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(day.weekday, lower(r), upper(r))), '[]')
        FROM weekly_hours AS day, unnest(day.hours) AS r
        WHERE day.trainer_id = trainer.id) AS weekly,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(o.on_date, lower(r), upper(r))), '[]')
        FROM overrides AS o LEFT JOIN LATERAL unnest(o.hours) AS r ON true
        WHERE o.trainer_id = trainer.id
          AND o.on_date BETWEEN %(starts_at)s::date - 3 AND %(ends_at)s::date + 3) AS overrides,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(
            s.id, s.service_id, extract(epoch FROM lower(s.busy))::bigint, extract(epoch FROM upper(s.busy))::bigint,
            extract(epoch FROM s.starts_at)::bigint, extract(epoch FROM s.ends_at)::bigint,
            s.capacity, s.seats_taken, s.title) ORDER BY s.starts_at), '[]')
        FROM sessions AS s
        WHERE s.trainer_id = trainer.id AND s.status <> 'cancelled'
          AND s.busy && tstzrange(%(starts_at)s::timestamptz - interval '2 days', %(ends_at)s::timestamptz + interval '2 days')) AS sessions
FROM unnest(%(trainer_ids)s::text[]) AS trainer (id);
