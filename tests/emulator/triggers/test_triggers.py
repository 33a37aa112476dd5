"""Delivery: what is told to whom, in which order, how often, and what is given up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from emulator.core.databases import Databases
from emulator.core.errors import FailedPrecondition
from emulator.core.paths import parse_database
from emulator.triggers import triggers as triggers_module
from emulator.triggers.events import Principal
from emulator.triggers.hosts import Outcome
from emulator.triggers.triggers import Triggers
from tests.emulator.databases import set_document
from tests.emulator.triggers.hosts import ScriptedHost
from tests.emulator.triggers.test_registrations import registration
from tests.emulator.values import DATABASE

SOMEBODY = Principal("api_key", "uid-1")


class Bench:
    """A database, triggers and their host."""

    def __init__(self, host: ScriptedHost) -> None:
        self.databases = Databases()
        self.host = host
        self.triggers = Triggers(self.databases, lambda: SOMEBODY, host)

    def write(self, path: str, **fields: object) -> None:
        self.databases.get(parse_database(DATABASE)).database.commit([set_document(path, fields)])


@asynccontextmanager
async def bench(*answers: Outcome, open_gate: bool = True) -> AsyncIterator[Bench]:
    made = Bench(ScriptedHost(answers, open_gate=open_gate))
    try:
        yield made
    finally:
        made.host.gate.set()
        await made.triggers.close()


def test_commits_before_the_registration_are_not_told() -> None:
    async def scenario() -> list[str]:
        async with bench() as made:
            made.write("users/ana", n=1)
            made.triggers.register(registration())
            made.write("users/ben", n=1)
            await made.host.wait_for_accepted(1)
            return [event.path for event in made.host.accepted]

    assert asyncio.run(scenario()) == ["users/ben"]


def test_write_that_changes_nothing_is_no_event() -> None:
    async def scenario() -> list[str]:
        async with bench() as made:
            made.write("users/ana", n=1)
            made.triggers.register(registration())
            made.write("users/ana", n=1)
            made.write("users/end", n=1)
            await made.host.wait_for_accepted(1)
            return [event.path for event in made.host.accepted]

    assert asyncio.run(scenario()) == ["users/end"]


def test_failed_delivery_is_repeated_with_the_same_id_before_later_events_of_the_document() -> None:
    async def scenario() -> ScriptedHost:
        async with bench(Outcome.FAILED, Outcome.FAILED) as made:
            made.triggers.register(registration())
            made.write("users/ana", n=1)
            made.write("users/ana", n=2)
            await made.host.wait_for_accepted(2)
            return made.host

    host = asyncio.run(scenario())
    ids = [event.id for _, event in host.attempts]
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert [event.time for event in host.accepted] == sorted(event.time for event in host.accepted)


def test_slow_function_holds_up_its_document_only_and_no_commit() -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        async with bench(open_gate=False) as made:
            made.triggers.register(registration())
            made.write("users/ana", n=1)
            made.write("users/ana", n=2)
            made.write("users/ben", n=1)
            await made.host.wait_for_attempts(2)
            held_up = [event.path for _, event in made.host.attempts]
            made.host.gate.set()
            await made.host.wait_for_accepted(3)
            return held_up, [event.path for _, event in made.host.attempts]

    held_up, told = asyncio.run(scenario())
    assert held_up == ["users/ana", "users/ben"]
    assert told == ["users/ana", "users/ben", "users/ana"]


def test_later_generation_takes_the_place_of_an_earlier_one() -> None:
    async def scenario() -> list[str]:
        async with bench() as made:
            for generation in (0, 2, 1):
                made.triggers.register(registration(trigger_id=f"f-{generation}"))
            made.write("users/ana", n=1)
            await made.host.wait_for_accepted(1)
            return [trigger_id for trigger_id, _ in made.host.attempts]

    assert asyncio.run(scenario()) == ["f-2"]


def test_stale_trigger_is_dropped_until_it_is_registered_anew() -> None:
    async def scenario() -> list[str]:
        async with bench(Outcome.STALE) as made:
            made.triggers.register(registration(trigger_id="f-0"))
            made.write("users/ana", n=1)
            async with asyncio.timeout(10):
                while made.triggers.report("demo")["triggers"]:
                    await asyncio.sleep(0)
            made.write("users/ana", n=2)
            made.triggers.register(registration(trigger_id="f-1"))
            made.write("users/ana", n=3)
            await made.host.wait_for_accepted(1)
            return [trigger_id for trigger_id, _ in made.host.attempts]

    assert asyncio.run(scenario()) == ["f-0", "f-1"]


def test_author_is_in_events_with_auth_context_only() -> None:
    async def scenario() -> dict[str, Principal | None]:
        async with bench() as made:
            made.triggers.register(registration(trigger_id="plain-0"))
            made.triggers.register(registration(trigger_id="who-0", kind="written.withAuthContext"))
            made.write("users/ana", n=1)
            await made.host.wait_for_accepted(2)
            return {trigger_id: event.principal for trigger_id, event in made.host.attempts}

    assert asyncio.run(scenario()) == {"plain-0": None, "who-0": SOMEBODY}


def test_event_beyond_the_bound_is_lost_loudly(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(triggers_module, "CAPACITY", 2)

    async def scenario() -> int:
        async with bench(open_gate=False) as made:
            made.triggers.register(registration())
            for number in range(3):
                made.write(f"users/{number}", n=1)
            made.host.gate.set()
            await made.host.wait_for_accepted(2)
            return len(made.host.accepted)

    assert asyncio.run(scenario()) == 2
    assert [
        "users/2" in record.getMessage() for record in caplog.records if record.levelno == logging.ERROR
    ] == [True]


def test_end_waits_for_what_is_on_its_way_and_counts_what_it_gives_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(triggers_module, "DRAIN_SECONDS", 0.05)

    async def scenario() -> None:
        async with bench(open_gate=False) as made:
            made.triggers.register(registration())
            made.write("users/ana", n=1)
            made.write("users/ana", n=2)
            await made.triggers.close()

    asyncio.run(scenario())
    assert "2 events were not delivered" in caplog.text


def test_trigger_without_a_functions_host_is_refused_with_the_option_that_names_one() -> None:
    triggers = Triggers(Databases(), lambda: SOMEBODY)

    with pytest.raises(FailedPrecondition, match="--functions"):
        triggers.register(registration())
