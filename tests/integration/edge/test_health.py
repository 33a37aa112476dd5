"""`health`: whether this instance reaches its backends, and how far behind the relay is."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from courtside.backends import Backends
from courtside.config import Settings
from courtside.edge.callables import Runtime
from courtside.edge.health import health_function
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from tests.http_calls import Reply, post
from tests.log_capture import LogLines
from tests.world import World

NOBODY = "127.0.0.1:1"


def health(backends: Backends) -> Reply:
    return ask(Runtime(react, drain_commit, backends_factory=lambda: backends))


def ask(runtime: Runtime) -> Reply:
    function: Callable[..., Any] = health_function(runtime)
    return post(function, b"", method="GET")


def test_all_is_well(world: World) -> None:
    reply = health(world.backends)

    assert (reply.status, reply.body["ok"]) == (200, True)
    assert reply.body["firestore"] == {"ok": True}
    assert reply.body["postgres"]["backlog"]["documents"] == 0


def test_backlog_is_told(world: World) -> None:
    world.drains = False
    world.register_client("ada")

    backlog = health(world.backends).body["postgres"]["backlog"]

    assert (backlog["documents"], backlog["entries"], backlog["dead"]) == (2, 1, 0)


@pytest.mark.parametrize("missing", ["postgres", "firestore"])
def test_part_out_of_reach_is_named_and_nothing_else_told(world: World, missing: str) -> None:
    reached = world.backends.settings
    settings = Settings(
        project=reached.project,
        database_url=f"postgresql://secret@{NOBODY}/x" if missing == "postgres" else reached.database_url,
        firestore_emulator=NOBODY if missing == "firestore" else reached.firestore_emulator,
        pool_wait_seconds=0.2,
    )
    with closing(Backends.of(settings)) as backends:
        reply = health(backends)

    assert (reply.status, reply.body["ok"]) == (503, False)
    assert [part for part in ("postgres", "firestore") if not reply.body[part]["ok"]] == [missing]
    assert set(reply.body[missing]) == {"ok", "error"}
    assert "secret" not in reply.text
    assert NOBODY not in reply.text


def test_instance_that_cannot_even_look_tells_nobody_why(logs: LogLines) -> None:
    secret = "secret-text"

    def fail() -> Backends:
        raise RuntimeError(secret)

    reply = ask(Runtime(react, drain_commit, backends_factory=fail))

    assert (reply.status, reply.body["instance"]) == (503, {"ok": False, "error": "INTERNAL"})
    assert "builtins.RuntimeError" in logs.of("health check failed")[0]["stack_trace"]
    assert secret not in reply.text + logs.text
