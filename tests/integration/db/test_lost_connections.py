"""Connections cut by the network: at COMMIT the outcome is unknown, and the command id tells it afterwards."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection

from courtside.db.pool import LazyPool
from courtside.db.unit_of_work import run_transaction
from courtside.errors import Code, OutcomeUnknown, Unavailable
from tests.faults.proxy import TcpProxy, database_proxy
from tests.integration.db.conftest import MakePool
from tests.integration.db.test_unit_of_work import Counters, add, read
from tests.world import World, facts, tomorrow_at


@pytest.fixture
def proxy(database_url: str) -> Iterator[TcpProxy]:
    """A proxy in front of the server."""
    with database_proxy(database_url) as proxy:
        yield proxy


@pytest.fixture
def proxied(make_pool: MakePool, proxy: TcpProxy, counters_url: str) -> LazyPool:
    """A pool whose connections can be cut."""
    return make_pool(database_url=proxy.through(counters_url), pool_wait_seconds=1.0)


def test_cut_at_commit_is_neither_success_nor_failure(
    proxied: LazyPool, proxy: TcpProxy, counters: Counters
) -> None:
    run_transaction(proxied, lambda connection: add(connection, "b"))
    proxy.cut_next_commit()

    with pytest.raises(OutcomeUnknown) as raised:
        run_transaction(proxied, lambda connection: add(connection, "a"))

    assert (raised.value.code, raised.value.reason) == (Code.UNAVAILABLE, "OUTCOME_UNKNOWN")
    assert proxy.commits_cut == 1
    # The server was told, and did it, once.
    wait_for_server(counters)
    assert read(counters, "a") == 1


def test_server_out_of_reach_is_unavailable_until_it_is_back(
    proxied: LazyPool, proxy: TcpProxy, counters: Counters
) -> None:
    run_transaction(proxied, lambda connection: add(connection, "a"))

    proxy.refuse()
    with pytest.raises(Unavailable) as raised:
        run_transaction(proxied, lambda connection: add(connection, "a"))
    proxy.heal()

    assert raised.value.reason == "TRY_AGAIN"
    run_transaction(proxied, lambda connection: add(connection, "a"))
    assert read(counters, "a") == 2


def test_outage_of_any_length_is_over_when_the_server_is_back(
    make_pool: MakePool, proxy: TcpProxy, counters: Counters, counters_url: str
) -> None:
    pool = make_pool(database_url=proxy.through(counters_url), pool_wait_seconds=0.5)
    run_transaction(pool, lambda connection: add(connection, "a"))

    proxy.refuse()
    # An attempt of the pool's that failed so often would pause for longer than this test is patient.
    while proxy.refused < 8:
        with pytest.raises(Unavailable):
            run_transaction(pool, lambda connection: add(connection, "a"))
    proxy.heal()

    deadline = time.monotonic() + 2
    while not _succeeds(pool):
        assert time.monotonic() < deadline, "the pool did not come back"


def _succeeds(pool: LazyPool) -> bool:
    try:
        run_transaction(pool, lambda connection: add(connection, "a"))
    except Unavailable:
        return False
    return True


def test_server_that_answers_nothing_is_given_up(
    make_pool: MakePool, proxy: TcpProxy, counters: Counters, counters_url: str
) -> None:
    pool = make_pool(
        database_url=proxy.through(counters_url), statement_timeout_ms=100, pool_wait_seconds=0.3
    )

    def work(connection: Connection[Any]) -> None:
        proxy.swallow()
        add(connection, "a")

    started = time.monotonic()
    with pytest.raises(Unavailable) as at_work:
        run_transaction(pool, work)
    with pytest.raises(Unavailable) as at_checkout:
        run_transaction(pool, lambda connection: add(connection, "a"))
    waited = time.monotonic() - started
    proxy.heal()

    assert (at_work.value.reason, at_checkout.value.reason) == ("TRY_AGAIN", "TRY_AGAIN")
    # Once the time of a statement with its margin, and once that of a place in the pool.
    assert waited < 2.5
    run_transaction(pool, lambda connection: add(connection, "b"))
    wait_for_server(counters)
    assert (read(counters, "a"), read(counters, "b")) == (0, 1)


def test_commit_that_is_not_answered_is_neither_success_nor_failure(
    make_pool: MakePool, proxy: TcpProxy, counters: Counters, counters_url: str
) -> None:
    pool = make_pool(database_url=proxy.through(counters_url), statement_timeout_ms=100)

    def work(connection: Connection[Any]) -> None:
        add(connection, "a")
        proxy.swallow()

    with pytest.raises(OutcomeUnknown):
        run_transaction(pool, work)
    proxy.heal()

    # The COMMIT was swallowed, and delivered late by a network that comes back.
    wait_for_server(counters)
    assert read(counters, "a") == 1


@pytest.fixture
def proxied_world(empty_database: str, emulator_host: str, proxy: TcpProxy) -> Iterator[World]:
    """A world whose connections to Postgres can be cut."""
    # The lease of a committer that learned nothing of its commit runs out soon.
    short: dict[str, Any] = {"lease_seconds": 0.05, "pool_wait_seconds": 0.5}
    world = World.of(proxy.through(empty_database), emulator_host, **short)
    world.drains = False
    try:
        yield world
    finally:
        world.close()


def test_command_cut_at_commit_gives_its_answer_when_asked_again(
    proxied_world: World, proxy: TcpProxy
) -> None:
    world = proxied_world
    world.approve_trainer("tom")
    world.register_client("ada")
    booking: dict[str, Any] = {
        "command_id": str(uuid4()),
        "service_id": world.add_service("tom"),
        "starts_at": tomorrow_at(10).isoformat(),
    }

    proxy.cut_next_commit()
    with pytest.raises(OutcomeUnknown):
        world.run("ada", "bookings.book_session", **booking)
    again = world.run("ada", "bookings.book_session", **booking)

    assert again.replayed
    assert again.answer["result"]["status"] == "confirmed"
    assert world.rows("SELECT id::text FROM bookings") == [(again.answer["result"]["booking_id"],)]
    # Its committer, who learned nothing of the commit, drained nothing; the relay does.
    deadline = time.monotonic() + 10
    while world.document(f"bookings/{again.answer['result']['booking_id']}") is None:
        assert time.monotonic() < deadline, "the relay did not write the booking within 10 s"
        world.relay()


def test_command_cut_at_work_changed_nothing_and_may_be_sent_again(
    proxied_world: World, proxy: TcpProxy
) -> None:
    world = proxied_world
    world.register_client("ada")
    before = dict(facts(world))
    command: dict[str, Any] = {"command_id": str(uuid4()), "display_name": "Bob", "time_zone": "UTC"}

    proxy.refuse()
    with pytest.raises(Unavailable):
        world.run("bob", "account.register_client", **command)
    proxy.heal()

    assert dict(facts(world)) == before
    assert not world.run("bob", "account.register_client", **command).replayed


def wait_for_server(counters: Counters) -> None:
    """Until no connection that was cut is still at work: a lock that each of them holds is free."""
    with counters.transaction():
        counters.execute("LOCK TABLE counters IN ACCESS EXCLUSIVE MODE")
