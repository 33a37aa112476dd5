"""Postgres: the pool, the unit of work, named SQL, the outbox and migrations."""
