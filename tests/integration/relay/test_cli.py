"""The operator's command line, as a process: what it does, prints and answers."""

import os
import pty
import subprocess
import sys

import pytest

from courtside.relay.cli import main
from local.environment import backend_environment
from tests.integration.relay.rest import left_to_do
from tests.world import World, tomorrow_at


def run(
    world: World, *arguments: str, stderr: int = subprocess.PIPE, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """One command in a process of its own."""
    settings = world.backends.settings
    environment = backend_environment(
        settings.database_url, str(settings.firestore_emulator), None, settings.project
    )
    return subprocess.run(
        [sys.executable, "-m", "courtside", *arguments],
        env={"PATH": os.environ["PATH"], **environment, **variables},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def booked(world: World) -> World:
    """A world at rest with one booking in it."""
    world.approve_trainer(horizon_days=3)
    world.register_client("ada")
    world.book("ada", world.add_service(), tomorrow_at(10))
    world.relay()
    return world


def give_up(world: World, path: str, reason: str = "ValueError: too large") -> None:
    """Leave a document as the relay leaves one that it gave up."""
    world.rows(
        "UPDATE projection SET want = want + 1, dead_at = now(), attempts = 12, last_error = %s WHERE path = %s "
        "RETURNING path",
        reason,
        path,
    )


def test_status_tells_what_is_left(booked: World) -> None:
    booked.drains = False
    booked.call("tom", "trainers.update_profile", headline="waiting")

    told = run(booked, "relay", "status")

    assert told.returncode == 0, told.stderr
    lines = {
        line.strip().split("  ")[0]: line.split()[-1] for line in told.stdout.splitlines() if line.strip()
    }
    assert int(lines["documents to write"]) == left_to_do(booked)
    assert lines["last reconciliation"] == "never"


def test_status_shows_dead_letters_with_their_reasons(booked: World) -> None:
    give_up(booked, "clients/ada", "ValueError: [red]too large")

    told = run(booked, "relay", "status", "--dead")

    assert told.returncode == 1
    assert "clients/ada" in told.stdout
    assert "ValueError: [red]too large" in told.stdout


def test_drain_carries_out_what_is_left(booked: World) -> None:
    booked.drains = False
    booked.call("tom", "trainers.update_profile", headline="drained")

    told = run(booked, "relay", "drain")

    assert (told.returncode, told.stdout) == (0, "0 left, 0 given up\n"), told.stderr
    assert (booked.document("trainers/tom") or {})["headline"] == "drained"


def test_drain_says_when_something_stays(booked: World) -> None:
    booked.rows("UPDATE projection SET want = want + 1, next_at = now() + interval '1 hour' RETURNING path")

    told = run(booked, "relay", "drain", "--patience", "0.2")

    assert told.returncode == 1
    assert told.stdout.startswith(f"{left_to_do(booked)} left")


def test_replay_brings_back_what_was_given_up(booked: World) -> None:
    give_up(booked, "clients/ada")
    give_up(booked, "trainers/tom")
    ((event,),) = booked.rows(
        "UPDATE outbox SET done_at = NULL, dead_at = now() WHERE id = (SELECT id FROM outbox LIMIT 1) RETURNING id"
    )

    assert "0 back to work" in run(booked, "relay", "replay", "--dry-run").stdout
    assert "0 back to work" in run(booked, "relay", "replay", "--path", "bookings/").stdout
    assert "1 back to work" in run(booked, "relay", "replay", "--path", "clients/").stdout
    assert "1 back to work" in run(booked, "relay", "replay", "--id", str(event)).stdout
    told = run(booked, "relay", "replay")

    assert (told.returncode, "1 back to work" in told.stdout) == (0, True), told.stderr
    assert run(booked, "relay", "drain").returncode == 0


def test_reconcile_names_drift_and_repairs_it(booked: World) -> None:
    booked.firestore.document("clients/ada").delete()

    told = run(booked, "relay", "reconcile")
    assert told.returncode == 1
    assert "clients/ada" in told.stdout
    assert "missing" in told.stdout

    repaired = run(booked, "relay", "reconcile", "--repair")
    assert (repaired.returncode, "1 will be written again" in repaired.stdout) == (0, True)
    assert run(booked, "relay", "drain").returncode == 0

    well = run(booked, "relay", "reconcile", "--deep")
    assert (well.returncode, "No drift." in well.stdout) == (0, True), well.stderr


def test_a_terminal_shows_how_far_it_is(booked: World) -> None:
    ours, theirs = pty.openpty()
    try:
        told = run(booked, "relay", "reconcile", stderr=theirs, TERM="xterm")
        shown = os.read(ours, 10_000).decode()
    finally:
        os.close(theirs)
        os.close(ours)

    assert (told.returncode, "reconciling" in shown) == (0, True)
    assert "reconciling" not in told.stdout


def test_reconcile_stops_in_time_and_is_resumed(booked: World) -> None:
    stopped = run(booked, "relay", "reconcile", "--minutes", "0.0000001")
    assert (stopped.returncode, "--resume goes on" in stopped.stdout) == (1, True)

    resumed = run(booked, "relay", "reconcile", "--resume")

    assert (resumed.returncode, "No drift." in resumed.stdout) == (0, True)
    assert booked.rows("SELECT count(*) FROM reconciliations") == [(1,)]


def test_rebuild_writes_one_collection_again(booked: World) -> None:
    before = dict(booked.rows("SELECT path, have FROM projection"))

    told = run(booked, "relay", "rebuild", "--collection", "clients")

    assert (told.returncode, "3 documents written again" in told.stdout) == (0, True), told.stderr
    after = dict(booked.rows("SELECT path, have FROM projection"))
    assert {path for path in before if after[path] > before[path]} == {
        "clients/ada",
        "clients/admin-uid",
        "clients/tom",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("relay",),
        ("relay", "dance"),
        ("relay", "rebuild", "--collection", "nothing"),
        ("relay", "rebuild", "--collection", "trainers", "--trainer", "tom"),
        ("relay", "reconcile", "--rate", "0"),
        ("relay", "drain", "--patience", "soon"),
    ],
)
def test_wrong_calls_are_answered_with_2(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2


@pytest.mark.parametrize("command", ["", "status", "drain", "replay", "reconcile", "rebuild"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["relay", *filter(None, [command]), "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: courtside relay")


def test_a_missing_setting_is_one_line(world: World) -> None:
    told = run(world, "relay", "status", DATABASE_URL="")

    assert (told.returncode, told.stderr) == (2, "courtside: DATABASE_URL is not set\n")


@pytest.mark.parametrize("command", ["status", "reconcile"])
def test_no_database_is_one_line(world: World, command: str) -> None:
    told = run(world, "relay", command, DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")

    assert told.returncode == 1
    (line,) = told.stderr.splitlines()
    assert line.startswith("courtside: Postgres cannot be reached: ")


def test_no_firestore_is_one_line(booked: World) -> None:
    told = run(booked, "relay", "reconcile", FIRESTORE_EMULATOR_HOST="127.0.0.1:9")

    assert told.returncode == 1
    (line,) = told.stderr.splitlines()
    assert line.startswith("courtside: Firestore cannot be reached: ")
