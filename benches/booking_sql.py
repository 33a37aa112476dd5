"""The statements of one booking as a pgbench script: the same named SQL, parameters drawn by pgbench."""

import re
import subprocess
import tempfile
from pathlib import Path

from courtside.db.sql import Queries
from local.postgres import program

_IDEMPOTENCY = Queries("courtside.db", "idempotency.sql")
_OUTBOX = Queries("courtside.db", "outbox.sql")
_TRAINERS = Queries("courtside.trainers")
_AVAILABILITY = Queries("courtside.availability")
_BOOKINGS = Queries("courtside.bookings")
_NOTIFICATIONS = Queries("courtside.notifications")

# Every parameter as SQL; `:name` are pgbench variables, drawn anew for each transaction.
_DRAW = """\
\\set trainer random(0, {last_trainer})
\\set client random(0, {last_client})
\\set hour random(0, {last_hour})
BEGIN;
SELECT quote_literal(gen_random_uuid()) AS command_id, quote_literal(gen_random_uuid()) AS session_id,
       quote_literal(gen_random_uuid()) AS booking_id, quote_literal(gen_random_uuid()) AS token,
       quote_literal(date_trunc('day', now()) + interval '1 day' + make_interval(hours => :hour)) AS starts_at,
       quote_literal(date_trunc('day', now()) + interval '1 day' + make_interval(hours => :hour + 1)) AS ends_at,
       quote_literal('client' || :client) AS uid, quote_literal('trainer' || :trainer) AS trainer_id,
       (SELECT quote_literal(id) FROM services WHERE trainer_id = 'trainer' || :trainer) AS service_id
\\gset
"""
_NOTICES = """(SELECT jsonb_agg(jsonb_build_object('id', gen_random_uuid(), 'user_id', person, 'type', 'session.booked',
    'priority', 'medium', 'receipt', false, 'payload', '{{}}'::jsonb, 'dedupe_key', :booking_id))
    FROM unnest(ARRAY[:uid, :trainer_id]) AS person)"""
_ENTRIES = """(SELECT jsonb_agg(jsonb_build_object('id', gen_random_uuid(), 'kind', 'feed', 'target', audience,
    'payload', jsonb_build_object('type', 'session:booked', 'booking_id', :booking_id)))
    FROM unnest(ARRAY['admin', :uid, :trainer_id]) AS audience)"""
_CHANGES = (
    "jsonb_build_array(jsonb_build_object('subject', 'bookings/' || :booking_id, 'after', '{}'::jsonb))"
)
_PATHS = """ARRAY['bookings/' || :booking_id, 'sessions/' || :session_id, 'trainers/' || :trainer_id || '/days/' ||
    (:starts_at::timestamptz)::date, 'users/' || :uid || '/inbox/' || :booking_id,
    'users/' || :trainer_id || '/inbox/' || :booking_id]"""
_VALUES = {
    "uid": ":uid",
    "command_id": ":command_id",
    "name": "'bookings.book_session'",
    "command": "'bookings.book_session'",
    "fingerprint": "'\\x00'::bytea",
    "request_id": "'bench'",
    "reason": "NULL",
    "trainer_ids": "ARRAY[:trainer_id]",
    "trainer_id": ":trainer_id",
    "service_id": ":service_id",
    "starts_at": ":starts_at",
    "ends_at": ":ends_at",
    "busy_from": ":starts_at",
    "busy_until": ":ends_at",
    "capacity": "1",
    "status": "'confirmed'",
    "now": "now()",
    "session_id": ":session_id::uuid",
    "client_id": ":uid",
    "seats": "1",
    "open_class": "false",
    "title": "''",
    "resource_id": "null::uuid",
    "expires_at": "null::timestamptz",
    "pay_with_credits": "false",
    "booked_by": ":uid",
    "series_id": "null::uuid",
    "series_on": "null::date",
    "price_minor": "1",
    "currency": "'EUR'",
    "answer": "'{}'::jsonb",
    "changes": _CHANGES,
    "entries": _ENTRIES,
    "notices": _NOTICES.replace("{{}}", "{}"),
    "paths": _PATHS,
    "leases": f"array_fill(5::float8, ARRAY[cardinality({_PATHS})])",
    "token": ":token::uuid",
    "lease_seconds": "5",
}


def booking_script(trainers: int, clients: int, hours: int) -> str:
    """One booking, in the order in which the edge runs it; a taken slot takes no seat and goes on."""
    statements = [
        _IDEMPOTENCY["claim_command"],
        _TRAINERS["lock_trainer_of_service"],
        _TRAINERS["list_services"],
        _AVAILABILITY["list_calendars"],
        _with_id(_BOOKINGS["insert_session"], ":session_id"),
        # Where the slot was taken there is no session to refer to.
        _with_id(_BOOKINGS["insert_booking"], ":booking_id::uuid")
        .replace("VALUES (", "SELECT * FROM (VALUES (")
        .replace(
            "ON CONFLICT",
            ") AS booking WHERE EXISTS (SELECT FROM sessions WHERE id = :session_id)\nON CONFLICT",
        ),
        _NOTIFICATIONS["insert_notifications"],
        _OUTBOX["finish_command"],
    ]
    draw = _DRAW.format(last_trainer=trainers - 1, last_client=clients - 1, last_hour=hours - 1)
    return draw + "\n".join(_bind(statement) for statement in statements) + "\nCOMMIT;\n"


def run_pgbench(url: str, script: str, *, clients: int, seconds: int, rate: int | None = None) -> float:
    """Transactions per second of the script, each client on a connection of its own; as many as it can, or `rate`."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "booking.sql"
        path.write_text(script, encoding="utf-8")
        command = [
            program("pgbench"),
            "-n",
            "-f",
            str(path),
            "-c",
            str(clients),
            "-j",
            "1",
            "-T",
            str(seconds),
            *([] if rate is None else ["-R", str(rate)]),
            url,
        ]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    match = re.search(r"^tps = ([0-9.]+)", result.stdout, re.MULTILINE)
    if result.returncode or match is None:
        raise RuntimeError(f"pgbench failed:\n{result.stderr[-2000:]}")
    return float(match[1])


def _with_id(statement: str, id_: str) -> str:
    return statement.replace("%(id)s", id_)


def _bind(statement: str) -> str:
    bound = re.sub(r"%\((\w+)\)s", lambda match: _VALUES[match[1]], statement)
    # pgbench reads `::type` after a variable's text well, but takes a comment's apostrophes for quotes.
    lines = (re.sub(r"^\s*--.*$", "", line) for line in bound.rstrip(";").splitlines())
    return "\n".join(line for line in lines if line.strip()) + ";"
