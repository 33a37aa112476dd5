"""A broadcast goes page by page: whatever dies, runs twice or stops it, nobody is told twice or passed over."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from courtside import crash_points
from courtside.relay.broadcast_lane import fan_out_once
from tests.integration.notifications.broadcasting import (
    add_people,
    send,
    state,
    told,
    turn_all_pages,
    turn_page,
)
from tests.integration.relay.rest import wait_until
from tests.world import ADMIN, World

PEOPLE = 9


class Crash(Exception):
    """What ends a process at a named point."""


@pytest.fixture
def crowd(world: World) -> Iterator[World]:
    """Nine clients and an admin."""
    world.make_admin()
    add_people(world, PEOPLE)
    yield world
    crash_points.on_reach(None)


def send_to_clients(world: World, *, page: int) -> str:
    """To the nine, so many at a time."""
    audience = {"to": "role", "role": "client"}
    return str(send(world, audience=audience, per_minute=60 * page)["broadcast_id"])


def everybody_once(world: World) -> bool:
    return told(world) == {f"guest{n:06}": 1 for n in range(1, PEOPLE + 1)}


@pytest.mark.parametrize("point", crash_points.OF_BROADCASTS)
@pytest.mark.parametrize("page", [1, 3, 4])
def test_a_crash_at_any_page_loses_and_repeats_nobody(crowd: World, point: str, page: int) -> None:
    send_to_clients(crowd, page=page)
    crashes = 0

    def crash_every_other_time(reached: str) -> None:
        nonlocal crashes
        if reached == point:
            crashes += 1
            if crashes % 2:
                raise Crash

    crash_points.on_reach(crash_every_other_time)
    while crowd.rows("SELECT 1 FROM broadcasts WHERE ended_at IS NULL"):
        try:
            turn_page(crowd)
        except Crash:
            continue

    assert crashes >= 3
    assert everybody_once(crowd)
    assert state(crowd) == ("done", PEOPLE, PEOPLE)
    ((ends,),) = crowd.rows("SELECT count(*) FROM audit WHERE command = 'broadcasts.carry_on'")
    assert ends == 1


def test_a_page_that_is_turned_back_tells_nobody_twice(crowd: World) -> None:
    """As after a restore of an older backup, or by a mistake of an operator."""
    send_to_clients(crowd, page=4)
    turn_page(crowd)
    crowd.rows("UPDATE broadcasts SET reached = '', sent = 0 RETURNING 1")

    turn_all_pages(crowd)

    assert everybody_once(crowd)


def test_sweeps_at_once_tell_everybody_once(crowd: World) -> None:
    send_to_clients(crowd, page=1)
    over = threading.Event()

    def turn(_: int) -> None:
        while not over.is_set():
            turn_page(crowd)
            if not crowd.rows("SELECT 1 FROM broadcasts WHERE ended_at IS NULL"):
                over.set()

    with ThreadPoolExecutor(3) as sweeps:
        list(sweeps.map(turn, range(3)))

    assert everybody_once(crowd)
    assert state(crowd) == ("done", PEOPLE, PEOPLE)


def test_a_page_that_somebody_has_in_hand_is_nobody_elses(crowd: World) -> None:
    send_to_clients(crowd, page=2)
    with psycopg.connect(crowd.backends.settings.database_url) as other:
        other.execute("SELECT 1 FROM broadcasts FOR NO KEY UPDATE")

        assert fan_out_once(crowd.backends) == 0

    assert turn_page(crowd) == 2


def test_a_stop_waits_for_the_page_under_way_and_no_other_follows(crowd: World) -> None:
    broadcast = send_to_clients(crowd, page=2)
    turn_page(crowd)
    paged, go_on = threading.Event(), threading.Event()

    def hold(reached: str) -> None:
        if reached == crash_points.PAGED:
            paged.set()
            go_on.wait(30)

    crash_points.on_reach(hold)
    with ThreadPoolExecutor(2) as threads:
        turning = threads.submit(turn_page, crowd)
        assert paged.wait(30)
        stopping = threads.submit(crowd.call, ADMIN, "admin.stop_broadcast", broadcast_id=broadcast)
        wait_until(lambda: _waits(crowd), "the stop to wait for the page")
        go_on.set()
        turning.result(30)
        answer = stopping.result(30)
    crash_points.on_reach(None)
    turn_all_pages(crowd)

    assert (answer["state"], answer["sent"]) == ("stopped", 4)
    assert state(crowd) == ("stopped", 4, PEOPLE)
    assert sum(told(crowd).values()) == 4


def test_pages_keep_their_pace(crowd: World) -> None:
    send_to_clients(crowd, page=2)

    assert fan_out_once(crowd.backends) == 2
    assert fan_out_once(crowd.backends) == 0

    ((pause,),) = crowd.rows("SELECT extract(epoch FROM next_at - counted_at)::float8 FROM broadcasts")
    assert pause == pytest.approx(1.0)


def test_a_page_costs_as_many_statements_however_many_people_there_are(
    crowd: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(crowd, 1_000, prefix="many")
    send_to_clients(crowd, page=2)
    small = statements_of_a_page(crowd, monkeypatch)
    crowd.rows("UPDATE broadcasts SET per_minute = 6000 RETURNING 1")
    large = statements_of_a_page(crowd, monkeypatch)
    crowd.rows("UPDATE broadcasts SET reached = 'many000800' RETURNING 1")
    late = statements_of_a_page(crowd, monkeypatch)

    assert sum(told(crowd).values()) == 202
    assert small == large == late <= 8


def statements_of_a_page(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many statements the next page takes, but for those of the transactions themselves."""
    world.rows("UPDATE broadcasts SET next_at = now() - interval '1 s' RETURNING 1")
    count = 0
    execute = psycopg.Cursor.execute

    def counted(cursor: psycopg.Cursor[Any], *arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        return execute(cursor, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counted)
        assert fan_out_once(world.backends)
    return count


def _waits(world: World) -> list[Any]:
    return world.rows(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
