"""Leaving as a person does: signed in with Firebase Auth, over HTTP; and coming back as somebody new."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from courtside.edge.callables import Runtime, callable_function
from courtside.privacy.api import commands
from courtside.relay.claims_lane import mirror_once
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from local.auth import AuthRefused, AuthServer
from tests.http_calls import Function, Reply, body_of, post
from tests.integration.privacy.leaving import erase
from tests.integration.relay.rest import wait_until
from tests.world import World

PASSWORD = "secret-1"


@dataclass
class Door:
    """The `account` callable, and Firebase Auth."""

    world: World
    account: Function
    auth: AuthServer

    def call(self, token: str, command: str, **content: Any) -> Reply:
        return post(self.account, body_of(command, **content), token=token)

    def register(self, email: str) -> tuple[str, str]:
        """Somebody new with this e-mail: uid and token."""
        uid = self.auth.sign_up(email, PASSWORD)
        token = self.auth.sign_in(email, PASSWORD)
        person = {"display_name": "Ada", "time_zone": "UTC"}
        assert self.call(token, "register_client", **person).result["user_id"] == uid
        return uid, token


@pytest.fixture
def door(
    empty_database: str, emulator_host: str, auth_server: AuthServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Door]:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_server.host)
    world = World.of(
        empty_database, emulator_host, project=auth_server.project, auth_emulator=auth_server.host
    )
    runtime = Runtime(react, drain_commit, backends_factory=lambda: world.backends)
    try:
        yield Door(world, callable_function(commands, runtime), auth_server)
    finally:
        world.close()


def test_whoever_left_cannot_come_in_and_may_come_back_as_somebody_new(door: Door) -> None:
    email = f"{uuid4().hex}@example.test"
    uid, token = door.register(email)

    left = door.call(token, "delete_account", confirm="DELETE")

    assert left.result["user_id"] == uid
    for command in ("export_account", "sign_out_everywhere", "delete_account"):
        confirm = {"confirm": "DELETE"} if command == "delete_account" else {}
        refused = door.call(token, command, **confirm)
        assert (refused.status, refused.reason) == (403, "ACCOUNT_DELETED")
    wait_until(lambda: mirror_once(door.world.backends) == 0, "Firebase Auth to be told")
    with pytest.raises(AuthRefused):
        door.auth.sign_in(email, PASSWORD)

    erase(door.world)
    again, token = door.register(email)
    assert again != uid
    account = door.call(token, "export_account").result["sections"]
    assert [item["user_id"] for item in account["account"]] == [again]
    assert account["commands"] != []
    assert {item["subject"] for item in account["audit"]} == {f"users/{again}"}


def test_the_receipt_is_all_that_is_needed_to_ask(door: Door) -> None:
    _, token = door.register(f"{uuid4().hex}@example.test")
    receipt = door.call(token, "delete_account", confirm="DELETE").result["receipt"]
    erase(door.world)

    reply = post(door.account, body_of("deletion_progress", receipt=receipt))

    assert reply.result["left"] == []
    assert reply.result["finished_at"] is not None
