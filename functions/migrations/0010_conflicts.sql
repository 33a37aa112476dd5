-- What cannot both be: found in the transaction that makes it so, settled by whoever undoes it or decides to keep it.

CREATE TABLE conflicts (
    id          uuid PRIMARY KEY,
    -- Kind and sessions: the same conflict is found once.
    key         text NOT NULL,
    kind        text NOT NULL CONSTRAINT conflicts_kind_known
                CHECK (kind IN ('time_off', 'hours', 'resource', 'double_booking')),
    on_date     date NOT NULL,
    trainer_ids text[] NOT NULL,
    client_id   text REFERENCES users,
    session_ids uuid[] NOT NULL,
    ways_out    jsonb NOT NULL,
    found_at    timestamptz NOT NULL,
    resolved_at timestamptz,
    -- `gone`, or why somebody keeps it.
    resolution  text
);

CREATE UNIQUE INDEX conflicts_once ON conflicts (key) WHERE resolved_at IS NULL;
CREATE INDEX conflicts_open_by_client ON conflicts (client_id) WHERE resolved_at IS NULL;
CREATE INDEX conflicts_open_by_trainer ON conflicts USING gin (trainer_ids) WHERE resolved_at IS NULL;
