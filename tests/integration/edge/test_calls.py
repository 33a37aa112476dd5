"""Calls over HTTP that run: what they answer, commit and log, and what becomes of a bug in a handler."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.http_calls import body_of
from tests.integration.edge.conftest import Api, MakeApi
from tests.integration.edge.planted import commands
from tests.log_capture import LogLines
from tests.world import World, facts, tomorrow_at

ADA: dict[str, Any] = {"display_name": "Ada", "time_zone": "UTC"}


def test_call_commits_and_its_documents_are_there_with_the_answer(api: Api, logs: LogLines) -> None:
    reply = api.send("ada", "account.register_client", **ADA)

    assert reply.result == {"user_id": "ada", "role": "client"}
    document = api.world.document("clients/ada")
    assert document is not None
    assert document["display_name"] == "Ada"
    (line,) = logs.of("call")
    assert {
        name: line[name] for name in ("command", "code", "reason", "replayed", "drained", "request_id")
    } == {
        "command": "account.register_client",
        "code": "OK",
        "reason": None,
        "replayed": False,
        "drained": True,
        "request_id": reply.headers["X-Request-Id"],
    }


def test_audit_names_the_request_under_which_a_change_was_made(api: Api) -> None:
    reply = api.send("ada", "account.register_client", **ADA)

    (row,) = api.world.rows("SELECT actor, command, request_id FROM audit WHERE subject = 'users/ada'")
    assert row == ("ada", "account.register_client", reply.headers["X-Request-Id"])


def test_repeated_call_gets_the_same_answer_and_says_so(api: Api, logs: LogLines) -> None:
    body = body_of("register_client", **ADA)

    first, second = api.post("ada", "account", body), api.post("ada", "account", body)

    assert (second.status, second.body) == (first.status, first.body)
    assert [line["replayed"] for line in logs.of("call")] == [False, True]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


def test_refusal_has_the_status_of_its_code(api: Api, logs: LogLines) -> None:
    api.send("ada", "account.register_client", **ADA)

    again = api.send("ada", "account.register_client", **ADA)
    unknown = api.send("ada", "bookings.cancel_booking", booking_id=str(uuid4()))
    admins_only = api.send("ada", "trainers.approve", trainer_id="tom")
    no_trainer = api.send("ada", "trainers.update_profile", headline="x")

    replies = (again, unknown, admins_only, no_trainer)
    assert [(reply.status, reply.reason) for reply in replies] == [
        (409, "ALREADY_REGISTERED"),
        (404, "BOOKING_NOT_FOUND"),
        (403, "ROLE_NOT_ALLOWED"),
        (404, "TRAINER_NOT_FOUND"),
    ]
    assert [line["reason"] for line in logs.of("call")][1:] == [reply.reason for reply in replies]
    assert {line["severity"] for line in logs.of("call")} == {"INFO"}


def test_roles_of_a_token_count_for_nothing(api: Api) -> None:
    api.send("ada", "account.register_client", **ADA)

    body = body_of("approve", trainer_id="ada")
    reply = api.post("ada", "trainers", body, role="admin", admin=True, roles=["admin"])

    assert (reply.status, reply.reason) == (403, "ROLE_NOT_ALLOWED")


@pytest.mark.parametrize(("verified", "stored"), [(True, "ada@example.org"), (False, None)])
def test_only_a_proved_email_is_stored(api: Api, verified: bool, stored: str | None) -> None:
    api.post(
        "ada", "account", body_of("register_client", **ADA), email="ada@example.org", email_verified=verified
    )

    assert api.world.rows("SELECT email FROM users") == [(stored,)]


def test_callers_at_once_each_get_their_own_row(api: Api) -> None:
    """Also the very first calls of a process, which open its connections."""
    uids = [f"client-{n}" for n in range(16)]
    start = Barrier(8)

    def call(uid: str) -> tuple[Any, Any]:
        start.wait(timeout=10)
        body = body_of("register_client", display_name=uid, time_zone="UTC")
        first = api.post(uid, "account", body)
        return first.result["user_id"], api.post(uid, "account", body).result["user_id"]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(call, uids)) == [(uid, uid) for uid in uids]
    assert api.world.rows("SELECT count(*) FROM users WHERE id = display_name") == [(16,)]


@pytest.mark.parametrize("command", ["exit_server", "divide_by_zero", "break_constraint", "misread_input"])
def test_bug_in_a_handler_leaks_nothing_and_changes_nothing(
    make_api: MakeApi, logs: LogLines, command: str
) -> None:
    api = make_api(commands)
    before = dict(facts(api.world))

    reply = api.send("ada", f"planted.{command}", secret="secret-text")

    assert (reply.status, reply.reason) == (500, "INTERNAL")
    (line,) = logs.of("unhandled")
    assert line["command"] == f"planted.{command}"
    assert line["request_id"] == reply.error["details"]["request_id"]
    assert f"in {command}" in line["stack_trace"]
    assert "secret-text" not in logs.text + reply.text
    assert dict(facts(api.world)) == before
    assert api.world.rows("SELECT count(*) FROM commands") == [(0,)]
    assert api.send("ada", "account.register_client", **ADA).status == 200


def test_answer_carries_ids_and_times_as_text(api: Api) -> None:
    api.world.approve_trainer("tom")
    service = api.world.add_service("tom")
    api.world.register_client("ada")
    starts_at = tomorrow_at(10)

    result = api.send(
        "ada", "bookings.book_session", service_id=service, starts_at=starts_at.isoformat()
    ).result

    assert result["booking_id"] == str(UUID(result["booking_id"]))
    assert result["starts_at"] == starts_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    stored = api.world.rows(
        "SELECT answer FROM commands WHERE uid = 'ada' AND name = 'bookings.book_session'"
    )
    assert stored == [({"result": json.loads(json.dumps(result))},)]


def test_lost_firestore_delays_documents_and_not_the_answer(
    database_url: str, api: Api, logs: LogLines
) -> None:
    dark = World.of(database_url, "127.0.0.1:1", drain_deadline_seconds=0.2)
    try:
        dark.register_client("ada")
    finally:
        dark.close()

    assert api.world.rows("SELECT want > have FROM projection WHERE path = 'clients/ada'") == [(True,)]
