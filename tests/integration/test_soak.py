"""The soak's own eyes: a studio in order has no violations, and each thing that must not be is seen."""

import json
import subprocess
import sys
from typing import Any

import psycopg
import pytest

from local.environment import ROOT
from tests.soak.booker import Record
from tests.soak.violations import violations
from tests.world import ADMIN, World, tomorrow_at


@pytest.fixture
def studio(world: World) -> World:
    """A single session, a full class with somebody waiting, and a package of credits; all at rest."""
    world.approve_trainer("tom", horizon_days=2)
    for client in ("ada", "bob", "cyd"):
        world.register_client(client)
    world.book("ada", world.add_service("tom"), tomorrow_at(9))
    group = world.add_service("tom", capacity=2, waitlist_close_minutes=0)
    for client in ("ada", "bob"):
        world.book(client, group, tomorrow_at(12))
    world.call("cyd", "bookings.join_waitlist", service_id=group, starts_at=tomorrow_at(12).isoformat())
    world.call(ADMIN, "bookings.grant_credits", client_id="ada", amount=5, reason="package")
    world.relay()
    return world


def test_a_studio_in_order_has_no_violations(studio: World) -> None:
    assert violations(studio, [Record()]) == []


@pytest.mark.parametrize(
    ("statement", "seen"),
    [
        ("UPDATE sessions SET seats_taken = 0 WHERE capacity = 2", "seats are not those"),
        ("UPDATE sessions SET seats_taken = 1 WHERE capacity = 2", "somebody waits although"),
        ("UPDATE sessions SET status = 'cancelled'", "called off"),
        ("UPDATE bookings SET status = 'held', expires_at = now() - interval '1 hour'", "outlived"),
        ("UPDATE allocations SET remaining = 4", "not the sum"),
        ("UPDATE projection SET want = want + 1 WHERE path LIKE 'bookings/%%'", "Firestore: not carried out"),
    ],
)
def test_what_must_not_be_is_seen(studio: World, statement: str, seen: str) -> None:
    studio.rows(f"{statement} RETURNING 1")

    assert any(seen in line for line in violations(studio, []))


def test_two_sessions_over_each_other_are_seen(studio: World) -> None:
    with psycopg.connect(studio.backends.settings.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE sessions DROP CONSTRAINT sessions_do_not_overlap")
        try:
            connection.execute("UPDATE sessions SET starts_at = now(), busy = tstzrange(now(), ends_at)")
            assert any("overlap" in line for line in violations(studio, []))
        finally:
            connection.execute("SET session_replication_role = replica")
            connection.execute("DELETE FROM bookings; DELETE FROM sessions")
            connection.execute(
                "ALTER TABLE sessions ADD CONSTRAINT sessions_do_not_overlap"
                " EXCLUDE USING gist (trainer_id WITH =, busy WITH &&) WHERE (status <> 'cancelled')"
            )


def test_a_booking_that_was_confirmed_and_is_gone_is_seen(studio: World) -> None:
    record = Record(booked=["01a1fc7c-5bd6-71ef-8b0e-c7582a350ee5"])

    assert any("is gone" in line for line in violations(studio, [record]))


def test_another_answer_to_the_same_command_is_seen(studio: World) -> None:
    content = {
        "client_id": "ada",
        "amount": 1,
        "reason": "soak",
        "command_id": "6f0c1f5e-7d53-4a0b-9c65-2b4a6d1a7e90",
    }
    answer = dict(studio.run(ADMIN, "bookings.grant_credits", **content).answer)
    studio.relay()
    told: Any = json.loads(json.dumps(answer))
    told["result"]["client_id"] = "bob"
    record = Record(sample=[("bookings.grant_credits", ADMIN, content, told)])

    assert any("was answered" in line for line in violations(studio, [record]))


@pytest.mark.long
def test_a_short_soak_ends_without_violations() -> None:
    command = [sys.executable, "-m", "tests.soak", "--minutes", "0.5"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}", "PATH": "/usr/bin:/bin", "HOME": "/tmp"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 violations" in done.stdout
