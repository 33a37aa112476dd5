"""OpenTelemetry: what a collector receives of commands and of the relay, and what it costs where there is none."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from courtside.edge.callables import Runtime, callable_function
from courtside.edge.commands import Commands
from courtside.identity.api import commands as account_commands
from courtside.monitoring import otlp
from courtside.monitoring.model import Step
from courtside.monitoring.recorder import observe
from courtside.relay import jobs
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from courtside.trainers.api import commands as trainers_commands
from tests.architecture.source import FUNCTIONS
from tests.http_calls import Reply, body_of, post, unsigned_token
from tests.integration.monitoring.otlp_receiver import Receiver, attributes_of, running_receiver
from tests.world import World

UID = "uid-of-ada"
NAME = "Ada Lovelace"
# What a deployed process does at its first request, and which of OpenTelemetry's parts it has imported then.
PROBE = """
import json, sys, main
main.runtime.backends
print(json.dumps([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]))
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def exporting(world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that exports; all has arrived when its observer is closed."""
    return export_to(world, receiver.url, monkeypatch)


def export_to(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> World:
    # Nothing is ever called there: it is what makes firebase-admin accept unsigned tokens.
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    settings = replace(world.backends.settings, otlp_endpoint=url)
    world.backends = observe(replace(world.backends, settings=settings))
    return world


def register(world: World) -> Reply:
    return call(world, account_commands, body_of("register_client", display_name=NAME, time_zone="UTC"))


def call(world: World, commands: Commands, body: bytes) -> Reply:
    function = callable_function(
        commands, Runtime(react, drain_commit, backends_factory=lambda: world.backends)
    )
    return post(function, body, token=unsigned_token(UID, world.backends.settings.project))


def test_a_command_is_one_trace_down_to_its_write(exporting: World, receiver: Receiver) -> None:
    register(exporting)

    exporting.backends.observer.close()

    spans = {span.span_id: span for span in receiver.spans}
    parents = {
        span.name: spans[span.parent_span_id].name if span.parent_span_id else None for span in receiver.spans
    }
    assert parents == {
        "command": None,
        "command.commit": "command",
        "relay.drain": "command",
        "relay.render": "relay.drain",
        "firestore.write": "relay.drain",
        "relay.settle": "relay.drain",
    }
    assert len({span.trace_id for span in receiver.spans}) == 1


def test_a_trace_names_its_request(exporting: World, receiver: Receiver) -> None:
    reply = register(exporting)

    exporting.backends.observer.close()

    assert attributes_of(receiver.span("command").attributes) == {
        "courtside.command": "account.register_client",
        "courtside.request_id": reply.headers["X-Request-Id"],
    }
    # Who may do what goes first, then all else.
    drains = [attributes_of(span.attributes) for span in receiver.spans if span.name == "relay.drain"]
    assert drains == [
        {"courtside.documents": 1, "courtside.entries": 0},
        {"courtside.documents": 1, "courtside.entries": 1},
    ]


def test_nothing_personal_is_exported(exporting: World, receiver: Receiver) -> None:
    register(exporting)
    assert register(exporting).reason == "ALREADY_REGISTERED"

    exporting.backends.observer.close()

    everything = b"".join(receiver.bodies)
    assert b"account.register_client" in everything
    assert UID.encode() not in everything
    assert b"Lovelace" not in everything


def test_of_an_error_its_type_alone_is_exported(exporting: World, receiver: Receiver) -> None:
    with pytest.raises(LookupError), exporting.backends.observer.span("command", command="x.y"):
        raise LookupError(NAME)

    exporting.backends.observer.close()

    span = receiver.span("command")
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert attributes_of(span.attributes)["error.type"] == "LookupError"
    assert b"Lovelace" not in b"".join(receiver.bodies)


def test_a_refusal_is_no_error(exporting: World, receiver: Receiver) -> None:
    register(exporting)
    refused = call(exporting, trainers_commands, body_of("approve", trainer_id="tom"))

    exporting.backends.observer.close()

    assert refused.reason == "ROLE_NOT_ALLOWED"
    told = [attributes_of(span.attributes).get("courtside.refusal") for span in receiver.spans]
    assert told.count("ROLE_NOT_ALLOWED") == 2
    assert {span.status.code for span in receiver.spans} == {Status.STATUS_CODE_UNSET}


def test_latencies_arrive_by_kind_and_step(exporting: World, receiver: Receiver) -> None:
    register(exporting)

    exporting.backends.observer.close()

    metric = receiver.metric("courtside.relay.latency")
    points = {tuple(attributes_of(p.attributes).values()): p for p in metric.histogram.data_points}
    assert metric.unit == "s"
    assert set(points) == {(kind, step.value) for kind in ("access", "clients", "feed") for step in Step}
    assert {point.count for point in points.values()} == {1}
    assert 0 < points["clients", "commit_to_written"].sum < 1.5


def test_backlog_arrives_as_gauges(exporting: World, receiver: Receiver) -> None:
    exporting.drains = False
    exporting.register_client("ada")

    jobs.relay_sweep(exporting.backends)

    exporting.backends.observer.close()
    backlog = receiver.metric("courtside.relay.backlog").gauge.data_points
    assert {attributes_of(p.attributes)["state"]: p.as_int for p in backlog} == {
        "documents": 2,
        "entries": 1,
        "dead": 0,
    }
    (oldest,) = receiver.metric("courtside.relay.oldest").gauge.data_points
    assert 0 < oldest.as_double < 60


def test_backlog_that_was_found_long_ago_is_not_told(
    exporting: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp, "_BACKLOG_HOLDS_SECONDS", 0.0)
    register(exporting)
    jobs.relay_sweep(exporting.backends)

    exporting.backends.observer.close()

    assert "courtside.relay.latency" in {metric.name for metric in receiver.metrics}
    assert not {"courtside.relay.backlog", "courtside.relay.oldest"} & {m.name for m in receiver.metrics}


def test_calls_arrive_by_command_and_code(exporting: World, receiver: Receiver) -> None:
    register(exporting)
    register(exporting)
    call(exporting, trainers_commands, b"{")

    exporting.backends.observer.close()

    points = receiver.metric("courtside.calls").histogram.data_points
    assert {tuple(attributes_of(p.attributes).values()): p.count for p in points} == {
        ("account.register_client", "OK"): 1,
        ("account.register_client", "ALREADY_EXISTS"): 1,
        ("?", "INVALID_ARGUMENT"): 1,
    }
    assert all(0 < point.sum < 5 for point in points)


def test_attempts_that_failed_are_counted(
    empty_database: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.of(empty_database, "127.0.0.1:1", drain_deadline_seconds=0.3)
    export_to(world, receiver.url, monkeypatch).register_client("ada")

    world.close()

    points = receiver.metric("courtside.relay.retries").sum.data_points
    assert {attributes_of(p.attributes)["kind"]: p.as_int for p in points} == {
        "access": 1,
        "clients": 1,
        "feed": 1,
    }


def test_processes_are_told_apart(exporting: World, receiver: Receiver) -> None:
    register(exporting)

    exporting.backends.observer.close()

    assert {resource["service.name"] for resource in receiver.resources} == {"courtside"}
    assert len({resource["service.instance.id"] for resource in receiver.resources}) == 1


def test_collector_out_of_reach_fails_no_command_and_holds_up_no_exit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_to(world, "http://127.0.0.1:1", monkeypatch)

    reply = register(world)

    began = time.monotonic()
    world.backends.observer.close()
    assert reply.status == 200
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:1"])
def test_opentelemetry_is_imported_only_for_an_endpoint(endpoint: str) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "GCLOUD_PROJECT": "demo-courtside",
        "DATABASE_URL": "postgresql://127.0.0.1:1/nowhere",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
    }

    run = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=FUNCTIONS,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert bool(json.loads(run.stdout)) == bool(endpoint)
