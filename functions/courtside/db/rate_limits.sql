-- take_calls: Takes calls from a bucket, after those that passed unasked, by the database's clock; a new bucket is full.
INSERT INTO rate_limits AS b (key, full_at, granted)
VALUES (%(key)s, statement_timestamp() + make_interval(secs => (%(owed)s::int + %(first)s::int) * %(spacing)s::float8), %(first)s)
ON CONFLICT (key) DO UPDATE SET (full_at, granted) = (
    SELECT statement_timestamp() + make_interval(secs => taken.seconds + taken.calls * %(spacing)s::float8), taken.calls
    FROM (
        SELECT debt.seconds,
               -- Seconds are no exact measure of calls: a millionth of one must not cost a whole one.
               greatest(0, least(%(calls)s::int, floor(%(burst)s::int - debt.seconds / %(spacing)s::float8 + 1e-6)))::int AS calls
        FROM (
            -- Twice empty at most: neither debts nor a clock that was set back keep anybody out for longer.
            SELECT least(greatest(extract(epoch FROM b.full_at - statement_timestamp())::float8, 0)
                         + %(owed)s::int * %(spacing)s::float8, 2 * %(burst)s::int * %(spacing)s::float8) AS seconds
        ) AS debt
    ) AS taken
)
RETURNING granted AS calls,
          greatest(0, extract(epoch FROM full_at - statement_timestamp())::float8 - (%(burst)s::int - 1) * %(spacing)s::float8)
              AS wait_seconds;

-- prune_full: Forgets buckets that are full: they are as good as new.
DELETE FROM rate_limits WHERE full_at < clock_timestamp();
