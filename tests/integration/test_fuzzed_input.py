"""Every command under hostile input: a result or a typed refusal, never a bug, and a refusal changes nothing."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courtside.backends import Backends
from courtside.edge.callables import Runtime, callable_function
from courtside.relay.subscriptions import react
from tests.http_calls import Function, post, unsigned_token
from tests.integration.refusals import Studio
from tests.world import CALLABLES, tomorrow_at

COMMANDS = [command for commands in CALLABLES.values() for command in commands]
UIDS = ["tom", "ada", "bob", "amy", "blair", "stranger", "admin-uid"]
REFUSED = {400, 403, 404, 409}
# What is nearly right goes further than noise.
TEXTS = [
    "tom", "amy", "Boxing", "UTC", "Europe/Madrid", "EUR", "en", "+491701234567", "", " ", "\0", "a\0b", "\ud800",
    "../x", "x" * 5_000, "24:00", "09:00", "47:59", "-1", "0", "null", "' OR 1=1 --", "%s", "%(id)s", "{0}", "\u0661",
    str(uuid4()), "2030-02-30", "2030-03-01", "9999-12-31", "9999-12-31T23:59-12:00", "0001-01-01T00:00+12:00",
    tomorrow_at(12).isoformat(), tomorrow_at(0).date().isoformat(),
]  # fmt: skip
NUMBERS = [0, -1, 1, 5, 60, 720, 2**31, 2**63, -(2**63), 10**18, 0.5, -0.0, 1e308]

values = st.recursive(
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(TEXTS), inner, max_size=3),
    max_leaves=6,
)
ranges = st.fixed_dictionaries(
    {"start": st.sampled_from(TEXTS) | values, "end": st.sampled_from(TEXTS) | values},
    optional={"weekday": st.integers(-1, 9), "other": values},
)


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


@st.composite
def contents(draw: st.DrawFn, fields: list[str], studio: Studio) -> dict[str, Any]:
    """Content with most of a command's fields, some of them right, and now and then one that does not exist."""
    near = st.sampled_from([studio.service, studio.group, studio.booking]) | st.sampled_from(TEXTS + NUMBERS)
    chosen = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=len(fields), unique=True))
    content: dict[str, Any] = {field: draw(near | values | st.lists(ranges, max_size=3)) for field in chosen}
    if draw(st.booleans()):
        content["command_id"] = str(draw(st.uuids()))
    if draw(st.integers(0, 9)) == 0:
        content[draw(st.sampled_from(TEXTS))] = draw(values)
    return content


def effects(studio: Studio) -> tuple[Any, ...]:
    """What every effect of a command would raise."""
    return studio.world.rows(
        "SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM outbox), (SELECT sum(want) FROM projection), "
        "(SELECT count(*) FROM users), (SELECT count(*) FROM notifications)"
    )[0]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
@given(data=st.data(), uid=st.sampled_from(UIDS))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_hostile_input_is_answered_or_refused(
    command: Any, data: st.DataObject, uid: str, refusing_studio: Studio, callables: dict[str, Function]
) -> None:
    domain, name = command.name.split(".")
    content = data.draw(contents(sorted(command.schema.model_fields), refusing_studio))
    before = effects(refusing_studio)

    body = json.dumps({"data": {**content, "command": name}}).encode()
    reply = post(
        callables[domain], body, token=unsigned_token(uid, refusing_studio.world.backends.settings.project)
    )

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
