"""Watches the relay's own books in Postgres: what may never happen to a lease or a mark is written down."""

from collections.abc import Sequence

import psycopg

# `have` is a mark of what is in Firestore; a live lease belongs to its holder until it is given back.
_INSTALL = """
    CREATE SCHEMA bookkeeping;
    CREATE TABLE bookkeeping.findings (at timestamptz NOT NULL DEFAULT clock_timestamp(), finding text NOT NULL);
    CREATE FUNCTION bookkeeping.watch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.have < OLD.have THEN
            INSERT INTO bookkeeping.findings (finding)
            VALUES (format('%s was marked as version %s after version %s', NEW.path, NEW.have, OLD.have));
        END IF;
        IF OLD.lease_until > clock_timestamp() AND NEW.lease_token <> OLD.lease_token THEN
            INSERT INTO bookkeeping.findings (finding)
            VALUES (format('%s was leased while another holder had it', NEW.path));
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER bookkeeping_watch BEFORE UPDATE ON projection
        FOR EACH ROW EXECUTE FUNCTION bookkeeping.watch();
"""


def watch_books(database_url: str) -> None:
    """Begin to watch a database's books."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_INSTALL)


def findings(database_url: str) -> Sequence[str]:
    """What was found since, oldest first."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute("SELECT finding FROM bookkeeping.findings ORDER BY at").fetchall()
    return [finding for (finding,) in rows]
