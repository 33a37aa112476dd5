"""Every command under hostile input: a result or a typed refusal, never a bug, and a refusal changes nothing."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.backends import Backends
from courtside.edge.callables import Runtime, callable_function
from courtside.relay.subscriptions import react
from tests.http_calls import Function, post, unsigned_token
from tests.integration.accepted import accepted
from tests.integration.refusals import Studio
from tests.world import CALLABLES, tomorrow_at

COMMANDS = [command for commands in CALLABLES.values() for command in commands]
REFUSED = {400, 403, 404, 409}
# Where such input has been seen to break: what Postgres, UTC, an index or JSON cannot carry.
NASTY: list[Any] = [
    "\0", "a\0b", "\ud800", "x" * 5_000, "../x", "", "9999-12-31T23:59-12:00", "0001-01-01T00:00+12:00",
    "2030-02-30", "86400", "48:00", "-1:00", 2**63, -(2**63), 10**18, 1e308, -0.0, True, [], {},
]  # fmt: skip
# What is nearly right gets further.
NEAR: list[Any] = [
    "tom", "amy", "Boxing", "UTC", "Europe/Madrid", "EUR", "en", "+491701234567", "24:00", "09:00", "0", "null",
    "' OR 1=1 --", "%s", "%(id)s", "{0}", "\u0661", 0, -1, 1, 5, 60, 720, 0.5, "2030-03-01",
    tomorrow_at(12).isoformat(), tomorrow_at(0).date().isoformat(),
]  # fmt: skip

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(NEAR)
    | st.sampled_from(NASTY)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
ranges = st.fixed_dictionaries(
    {"start": st.sampled_from(NEAR) | values, "end": st.sampled_from(NEAR) | values},
    optional={"weekday": st.integers(-1, 9), "other": values},
)
hostile = st.sampled_from(NASTY) | st.sampled_from(NEAR) | values | st.lists(ranges, max_size=3)


@pytest.fixture(scope="module")
def callables(refusing_studio: Studio) -> Iterator[dict[str, Function]]:
    """Every callable over a studio; documents are left to a relay that never comes."""
    backends = refusing_studio.world.backends
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
        runtime = Runtime(react, _leave, backends_factory=lambda: backends)
        yield {name: callable_function(commands, runtime) for name, commands in CALLABLES.items()}


def _leave(backends: Backends, work: object) -> bool:
    return False


def effects(studio: Studio) -> tuple[Any, ...]:
    """What every effect of a command would raise."""
    return studio.world.rows(
        "SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM outbox), (SELECT sum(want) FROM projection), "
        "(SELECT count(*) FROM users), (SELECT count(*) FROM notifications)"
    )[0]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_hostile_input_is_answered_or_refused(
    command: Any, data: st.DataObject, refusing_studio: Studio, callables: dict[str, Function]
) -> None:
    domain, name = command.name.split(".")
    uid, content = accepted(command.name, refusing_studio)
    fields = st.sampled_from([*command.schema.model_fields, "unknown"])
    changes = data.draw(st.dictionaries(fields, hostile, min_size=1, max_size=2))
    before = effects(refusing_studio)

    body = {"data": {"command_id": str(uuid4()), **content, **changes, "command": name}}
    token = unsigned_token(uid, refusing_studio.world.backends.settings.project)
    reply = post(callables[domain], json.dumps(body).encode(), token=token)

    assert reply.status in {200, *REFUSED}, reply.text
    if reply.status != 200:
        assert reply.reason not in {"INTERNAL", "REFUSED"}
        assert effects(refusing_studio) == before


@given(body=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_noise_is_malformed(body: bytes, callables: dict[str, Function]) -> None:
    reply = post(callables["bookings"], body)

    assert reply.status == 400
    assert reply.reason in {"MALFORMED_REQUEST", "INVALID_INPUT", "REQUEST_TOO_LARGE"}
