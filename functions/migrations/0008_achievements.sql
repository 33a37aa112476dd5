-- What clients have achieved; revoked when the facts are undone, awarded again when they are there again.

CREATE TABLE achievements (
    client_id  text NOT NULL REFERENCES users,
    code       text NOT NULL,
    awarded_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (client_id, code)
);

CREATE INDEX sessions_to_start ON sessions (starts_at) WHERE status IN ('open', 'booked', 'confirmed');
CREATE INDEX bookings_completed_by_client ON bookings (client_id) WHERE status = 'completed';
