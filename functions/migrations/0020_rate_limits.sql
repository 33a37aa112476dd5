-- How far the bucket of a person or an address is from full. Unlogged: it costs no disk flush, and after a crash all
-- buckets are full again, which is as if everybody had waited a minute.
CREATE UNLOGGED TABLE rate_limits (
    key     text PRIMARY KEY,                  -- `user:{uid}:{what}` or `address:{address}:{what}`
    full_at timestamptz NOT NULL,              -- when all that was taken has flowed back
    granted integer NOT NULL,                  -- what the last one who asked was given
    CONSTRAINT rate_limits_granted_not_negative CHECK (granted >= 0)
) WITH (fillfactor = 70);
