"""Dangerous commands: told why, signed in just now, and tried out before."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from courtside.edge.auth import FRESH_FOR
from courtside.edge.commands import Command, Commands, CommandSchema, DangerousSchema
from courtside.errors import InvalidInput, SignInAgain
from tests.http_calls import body_of
from tests.integration.accepted import accepted
from tests.integration.edge.conftest import Api
from tests.integration.refusals import Studio
from tests.world import ADMIN, CALLABLES, World, facts

DANGEROUS = sorted(
    command.name
    for commands in CALLABLES.values()
    for command in commands
    if isinstance(command, Command) and command.dangerous
)
WANT_A_SIGN_IN = sorted(
    command.name
    for commands in CALLABLES.values()
    for command in commands
    if isinstance(command, Command) and command.recent_sign_in
)


def everything(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, answers of commands included."""
    return {
        **dict(facts(world)),
        "commands": sorted(world.rows("SELECT uid, command_id::text FROM commands")),
    }


def test_money_roles_secrets_and_people_are_dangerous() -> None:
    assert DANGEROUS == [
        "admin.add_webhook",
        "admin.adjust_credits",
        "admin.block_user",
        "admin.delete_user",
        "admin.permit_export",
        "admin.resolve_dispute",
        "admin.rotate_webhook_secret",
        "admin.send_broadcast",
        "admin.set_role",
        "admin.sign_out_user",
        "admin.unblock_user",
        "admin.update_webhook",
        "admin.waive_fee",
    ]
    assert set(WANT_A_SIGN_IN) - set(DANGEROUS) == {"account.delete_account"}


@pytest.fixture
def studio(world: World) -> Studio:
    return Studio.of(world)


@pytest.mark.parametrize("name", DANGEROUS)
def test_the_reason_is_asked_for(studio: Studio, name: str) -> None:
    uid, content = accepted(name, studio)

    for reason in ({}, {"reason": ""}, {"reason": "   "}, {"reason": "no"}, {"reason": "x" * 501}):
        given = {key: value for key, value in content.items() if key != "reason"} | reason
        with pytest.raises(InvalidInput) as raised:
            studio.world.run(uid, name, **given)
        assert [field["path"] for field in raised.value.details["fields"]] == ["reason"]


@pytest.mark.parametrize("name", WANT_A_SIGN_IN)
def test_a_sign_in_of_long_ago_is_not_enough(studio: Studio, name: str) -> None:
    uid, content = accepted(name, studio)
    content = {**content, "command_id": str(uuid4())}
    before = everything(studio.world)
    long_ago = datetime.now(UTC) - FRESH_FOR - timedelta(seconds=1)

    with pytest.raises(SignInAgain) as raised:
        studio.world.run(uid, name, signed_in_at=long_ago, **content)

    assert raised.value.details == {"max_age_seconds": 600}
    assert everything(studio.world) == before
    # The same id again, once signed in.
    recently = datetime.now(UTC) - FRESH_FOR + timedelta(seconds=60)
    outcome = studio.world.run(uid, name, signed_in_at=recently, **content)
    assert outcome.error is None or outcome.error["details"]["reason"] != "SIGN_IN_AGAIN"


@pytest.mark.parametrize(
    "name", ["admin.block_user", "admin.set_role", "admin.delete_user", "admin.add_webhook"]
)
def test_what_is_tried_out_is_told_and_leaves_nothing(studio: Studio, name: str) -> None:
    world = studio.world
    uid, content = accepted(name, studio)
    content = {**content, "command_id": str(uuid4())}
    before = everything(world)

    tried = world.call(uid, name, simulate=True, **content)

    assert everything(world) == before
    assert tried["simulated"] is True
    if tried["changes"][0]["subject"].startswith("webhooks/"):
        return
    world.call(uid, name, **content)
    done = "SELECT subject, before, after FROM audit WHERE command_id = %s ORDER BY id"
    assert [
        (change["subject"], change["before"], change["after"]) for change in tried["changes"]
    ] == world.rows(done, content["command_id"])


def test_what_is_tried_out_tells_its_documents(studio: Studio) -> None:
    tried = studio.world.call(ADMIN, "admin.block_user", user_id="bob", reason="insults", simulate=True)

    assert {"access/bob", "clients/bob"} <= set(tried["documents"])
    assert tried["documents"] == sorted(tried["documents"])
    assert tried["changes"] == [
        {"subject": "users/bob/block", "before": {"blocked": False}, "after": {"blocked": True}}
    ]


def test_a_refusal_of_what_is_tried_out_is_not_remembered(studio: Studio) -> None:
    content: dict[str, Any] = {"user_id": "ada", "reason": "a mistake", "command_id": str(uuid4())}
    before = everything(studio.world)

    with pytest.raises(Exception, match="so already"):
        studio.world.run(ADMIN, "admin.unblock_user", simulate=True, **content)

    assert everything(studio.world) == before


def test_over_http_the_token_tells_when_the_sign_in_was(api: Api) -> None:
    api.world.make_admin()
    api.world.register_client("ada")
    body = body_of("sign_out_user", user_id="ada", reason="a lost phone")

    stale = api.post(ADMIN, "admin", body, auth_time=int(time.time()) - 601)
    fresh = api.post(ADMIN, "admin", body, auth_time=int(time.time()) - 300)
    revoked = api.post("ada", "account", body_of("credits_statement"), auth_time=int(time.time()) - 60)

    assert (stale.status, stale.reason) == (400, "SIGN_IN_AGAIN")
    assert stale.error["details"]["max_age_seconds"] == 600
    assert fresh.result == {"user_id": "ada"}
    assert (revoked.status, revoked.reason) == (401, "TOKEN_REVOKED")


def test_a_dangerous_command_cannot_be_registered_without_a_reason() -> None:
    commands = Commands("planted")

    class Harmless(CommandSchema):
        """Says nothing."""

    class Dangerous(DangerousSchema):
        """Says why."""

    with pytest.raises(TypeError):
        commands.command(Harmless, roles=frozenset(), dangerous=True)
    with pytest.raises(TypeError):
        commands.command(Dangerous, roles=frozenset())
