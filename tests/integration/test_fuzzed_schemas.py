"""Every published command from every kind of caller, by its schema and against it: thousands of calls, no bug.

No call is answered with a 500 or leaves an unhandled error, what the schema refuses is refused, and whatever is
refused, asked or simulated changes not one row. `make fuzz` makes 10,000 calls; FUZZ_CALLS sets another number.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from courtside.edge.callables import Runtime, callable_function
from courtside.relay.subscriptions import react
from local.commands_json import TARGET
from tests.http_calls import Function, Reply, post, unsigned_token
from tests.integration.databases import migrated_database
from tests.integration.refusals import Studio
from tests.integration.schema_inputs import Inputs
from tests.integration.test_fuzzed_input import NASTY, NEAR
from tests.log_capture import LogLines, captured_logs
from tests.world import ADMIN, CALLABLES, World, tomorrow_at

CALLS = int(os.environ.get("FUZZ_CALLS", "1500"))
PUBLISHED: dict[str, Any] = json.loads(TARGET.read_text(encoding="utf-8"))["commands"]
VISITOR = ""
CALLERS = (VISITOR, "stranger", "ada", "bob", "tom", "eve", "amy", "blair", "sue", ADMIN)
ROLES = {
    "ada": "client",
    "bob": "client",
    "tom": "trainer",
    "eve": "trainer",
    "sue": "support",
    ADMIN: "admin",
}
# Whom commands may end: the others are needed to the end.
DISPOSABLE = tuple(f"guest-{number}" for number in range(12))
ENDS_THE_CALLER = {"account.delete_account", "account.sign_out_everywhere"}
ANSWERS = {200, 400, 401, 403, 404, 409}
# What a call that changed something has left; the answers that are kept for repeated commands aside.
_NOTE_CHANGES = """
CREATE TABLE noted_changes (name text NOT NULL);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO noted_changes VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename NOT IN ('commands', 'migrations', 'noted_changes')
    LOOP
        EXECUTE format('CREATE TRIGGER zz_note_change AFTER INSERT OR UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION note_change()', name);
    END LOOP;
END $$
"""


@dataclass(frozen=True)
class Call:
    """One call; `refused` if its schema forbids what it says."""

    uid: str
    command: str
    content: dict[str, Any]
    refused: bool = False


@dataclass
class Fuzzed:
    """A studio whose every row that changes is noted."""

    studio: Studio
    inputs: dict[str, Inputs]
    functions: dict[str, Function]
    connection: "psycopg.Connection[Any]"
    logs: LogLines
    outcomes: Counter[str] = field(default_factory=Counter)

    def send(self, call: Call) -> Reply:
        domain, name = call.command.split(".")
        project = self.studio.world.backends.settings.project
        token = unsigned_token(call.uid, project, auth_time=int(time.time())) if call.uid else None
        body = {"data": {**call.content, "command": name}}
        reply = post(self.functions[domain], json.dumps(body).encode(), token=token)
        self.outcomes[reply.reason if reply.status != 200 else "answered"] += 1
        return reply

    def take_changes(self) -> set[str]:
        """The tables of which rows changed since this was asked before."""
        names = {name for (name,) in self.connection.execute("SELECT DISTINCT name FROM noted_changes")}
        if names:
            self.connection.execute("DELETE FROM noted_changes")
        return names


@pytest.fixture(scope="module")
def fuzzed(database_url: str, emulator_host: str, request: pytest.FixtureRequest) -> Iterator[Fuzzed]:
    with (
        migrated_database(database_url) as url,
        captured_logs() as logs,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
        world = World.of(url, emulator_host, drain_deadline_seconds=0.0)
        studio = Studio.of(world)
        for guest in (*DISPOSABLE, "sue"):
            world.register_client(guest)
        world.rows("UPDATE users SET role = 'support' WHERE id = 'sue' RETURNING id")
        hints = hints_of(studio)
        inputs = {name: Inputs(published["input"], hints) for name, published in PUBLISHED.items()}
        runtime = Runtime(react, lambda backends, work: False, backends_factory=lambda: world.backends)
        functions = {name: callable_function(commands, runtime) for name, commands in CALLABLES.items()}
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_NOTE_CHANGES)
            fuzzed = Fuzzed(studio, inputs, functions, connection, logs)
            yield fuzzed
        world.close()
        summary = ", ".join(f"{count} {outcome}" for outcome, count in fuzzed.outcomes.most_common())
        capture = request.config.pluginmanager.getplugin("capturemanager")
        assert capture is not None
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\n{sum(fuzzed.outcomes.values())} calls: {summary}\n")


def hints_of(studio: Studio) -> dict[str, tuple[Any, ...]]:
    """What a schema does not tell: what there is in the studio, and how zones and currencies are called."""
    services = (studio.service, studio.group, studio.asked, studio.applicants_service)
    bookings = (studio.booking, studio.hold, studio.request, studio.series)
    world = studio.world
    endpoint = world.call(
        ADMIN, "admin.add_webhook", reason="asked for", url="https://example.com/hook", types=[]
    )["endpoint_id"]
    credits_ = world.call("tom", "bookings.grant_credits", client_id="ada", amount=50, reason="a package")
    times = tuple(tomorrow_at(hour, days=day).isoformat() for day in (1, 2, 5, 6) for hour in (9, 10, 14, 16))
    return {
        "service_id": services,
        "booking_id": bookings,
        "session_id": (studio.class_,),
        "client_id": ("ada", "bob", *DISPOSABLE[:2]),
        "for_client": (True, False),
        "trainer_id": ("tom", "eve", "amy", "nobody"),
        "user_id": (*DISPOSABLE, "nobody"),
        "endpoint_id": (endpoint,),
        "allocation_id": (credits_["allocation_id"],),
        "resource_id": (world.call(ADMIN, "admin.add_resource", name="Hall")["resource_id"],),
        "display_name": ("Ada", "Zoë", "Żółć 🎾"),
        "name": tuple(f"Boxing {number}" for number in range(30)),
        "title": ("Open mat", "Ring 1"),
        "headline": ("Since 1999",),
        "city": ("Berlin",),
        "specialties": ("boxing", "yoga"),
        "languages": ("en", "de"),
        "links": ("https://example.com/photo",),
        "change": (-1, 1, 5),
        "time_zone": ("UTC", "Europe/Madrid", "America/New_York", "No/Where"),
        "currency": ("EUR", "USD"),
        "locale": ("en", "de-AT"),
        "starts_at": times,
        "ends_at": times,
        "free_at": times,
        "on_date": tuple(moment[:10] for moment in times),
        "first_date": tuple(moment[:10] for moment in times),
        "last_date": tuple(moment[:10] for moment in times),
        "start": ("09:00", "00:00", "24:00"),
        "end": ("12:00", "24:00", "48:00"),
        "url": ("https://example.com/hook", "http://example.com", "https://127.0.0.1/"),
    }


def _callers_of(command: str) -> list[str]:
    """Who calls a command: as often somebody who may as anybody."""
    if command in ENDS_THE_CALLER:
        return list(DISPOSABLE)
    roles = PUBLISHED[command]["roles"]
    welcome = [uid for uid, role in ROLES.items() if isinstance(roles, str) or role in roles]
    return welcome * (len(CALLERS) // len(welcome) + 1) + list(CALLERS)


@st.composite
def calls(draw: st.DrawFn, fuzzed: Fuzzed) -> Call:
    """A call of any command: as its schema allows, against it, or with something nasty in it."""
    command = draw(st.sampled_from(sorted(PUBLISHED)))
    uid = draw(st.sampled_from(_callers_of(command)))
    inputs = fuzzed.inputs[command]
    kind = draw(st.sampled_from(["allowed"] * 5 + ["refused", "hostile"]))
    if kind == "refused":
        return Call(uid, command, draw(inputs.refused), refused=True)
    if kind == "hostile":
        return Call(uid, command, draw(inputs.hostile(st.sampled_from(NASTY) | st.sampled_from(NEAR))))
    content = draw(inputs.allowed)
    if draw(st.integers(0, 19)):
        # What the strategy makes occurs again and again: each would be a repeated command.
        content = {**content, "command_id": str(uuid4())}
    return Call(uid, command, content)


@given(data=st.data())
@settings(
    max_examples=CALLS,
    deadline=None,
    database=None,
    # One world for all calls: what broke once is reported as it was sent, not made smaller.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
def test_no_call_is_a_bug_and_none_that_is_refused_changes_anything(
    data: st.DataObject, fuzzed: Fuzzed
) -> None:
    call = data.draw(calls(fuzzed))

    reply = fuzzed.send(call)

    assert reply.status in ANSWERS, reply.text
    assert '"unhandled"' not in fuzzed.logs.take()
    changed = fuzzed.take_changes()
    if reply.status != 200 or PUBLISHED[call.command]["kind"] == "query" or reply.result.get("simulated"):
        assert changed == set()
    if call.refused:
        assert reply.status in (400, 401), reply.text
        assert reply.reason in {"INVALID_INPUT", "TOKEN_MISSING", "TOKEN_REVOKED", "MALFORMED_REQUEST"}


def test_the_calls_reached_what_they_are_for(fuzzed: Fuzzed) -> None:
    """Of that many calls some must have been carried out, and refused for reasons of the business."""
    assert fuzzed.outcomes["answered"] > CALLS / 40
    assert len(fuzzed.outcomes) > 15
