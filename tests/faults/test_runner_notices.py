"""The runner notices what it is there to notice: three planted bugs fail, and the same rows hold without them."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from courtside import crash_points
from tests.faults.arena import Arena, Template
from tests.faults.catalogue import Injection, Row, Setup
from tests.faults.rows.publishers import LEFT_TO_WORKERS
from tests.faults.runner import Result, run_row
from tests.faults.workers import UNGUARDED_WORKER, WORKER
from tests.integration.relay.rest import wait_until

LEASELESS_WORKER = "tests.faults.leaseless_worker"
MARK_FIRST_WORKER = "tests.faults.mark_first_worker"
SEED = 1


@pytest.fixture(scope="module")
def template(database_url: str) -> Iterator[Template]:
    """An open studio in a database of its own."""
    url = make_conninfo(database_url, dbname="faults_template")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE faults_template")
        yield Template.make(url)
        connection.execute("DROP DATABASE faults_template WITH (FORCE)")


def test_a_missing_version_guard_is_noticed(template: Template) -> None:
    result = _run(template, _worker_freezes_at(crash_points.RENDERED), UNGUARDED_WORKER)

    assert any("went back from version" in line for line in result.violations), result.violations


def test_a_missing_lease_check_is_noticed(template: Template) -> None:
    result = _run(template, _worker_freezes_at(crash_points.WRITTEN), LEASELESS_WORKER)

    assert any("was marked as version" in line for line in result.violations), result.violations


def test_marks_before_writes_are_noticed(template: Template) -> None:
    result = _run(template, _worker_is_killed_at(crash_points.SETTLED), MARK_FIRST_WORKER)

    assert any("it is not there" in line or "stored" in line for line in result.violations)


def test_a_worker_that_freezes_harms_nothing(template: Template) -> None:
    assert _run(template, _worker_freezes_at(crash_points.RENDERED), WORKER).violations == []


def test_a_worker_that_is_killed_harms_nothing(template: Template) -> None:
    assert _run(template, _worker_is_killed_at(crash_points.SETTLED), WORKER).violations == []


def _run(template: Template, row: Row, worker: str) -> Result:
    planted = replace(row, setup=replace(row.setup, worker=worker))
    return run_row(planted, template, SEED, quick=True, progress=lambda phase: None)


def _worker_freezes_at(point: str) -> Row:
    """A worker freezes with the first batch in its hands, and thaws when others have published newer versions."""

    def inject(arena: Arena) -> int:
        victim = arena.start_worker(CRASH_AT=point, CRASH_SIGNAL="SIGSTOP", WORKER_LEASE_SECONDS="0.6")
        victim.wait_until_frozen()
        arena.start_worker()
        trainer = arena.studio.trainers[0]
        arena.world.call(trainer, "trainers.update_profile", headline="newer")
        wait_until(lambda: _is_published(arena, f"trainers/{trainer}"), "the newer version")
        victim.thaw()
        victim.wait_for_report()
        return 1

    return _row("a worker freezes", inject)


def _worker_is_killed_at(point: str) -> Row:
    """A worker dies with the first batch in its hands, and another takes over."""

    def inject(arena: Arena) -> int:
        arena.start_worker(CRASH_AT=point).wait_until_killed()
        arena.start_worker()
        return 1

    return _row("a worker is killed", inject)


def _row(fault: str, inject: Injection) -> Row:
    return Row(0, fault, "", "", "", inject, Setup(workers=0, variables=LEFT_TO_WORKERS), rest_seconds=30)


def _is_published(arena: Arena, path: str) -> bool:
    return arena.world.rows("SELECT have > 1 AND have = want FROM projection WHERE path = %s", path) == [
        (True,)
    ]
