"""Command ids below the edge: what is remembered of a command, and which answer stands."""

from uuid import uuid4

import pytest

from courtside.db import idempotency
from courtside.db.idempotency import CommandKey, fingerprint
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.errors import CommandIdReused
from tests.world import World

REFUSAL = {"error": {"status": "FAILED_PRECONDITION", "message": "No.", "details": {"reason": "SLOT_TAKEN"}}}


def remember(world: World, key: CommandKey) -> idempotency.Answer:
    return run_transaction(
        world.backends.pool,
        lambda connection: idempotency.remember_refusal(Reader(connection), key, REFUSAL),
    )


@pytest.fixture
def registered(world: World) -> CommandKey:
    """A command that succeeded, as its sender knows it."""
    content = {"display_name": "Ada", "time_zone": "UTC", "locale": "en", "phone": None}
    command_id = uuid4()
    world.call("ada", "account.register_client", command_id=str(command_id), **content)
    meaning = fingerprint("account.register_client", {**content, "command_id": str(command_id)})
    return CommandKey("ada", command_id, "account.register_client", meaning)


def test_refusal_never_replaces_the_answer_of_another_sender(world: World, registered: CommandKey) -> None:
    """Two senders of one id: the first is refused, the second succeeds before the first has noted its refusal."""
    assert remember(world, registered) == {"result": {"user_id": "ada", "role": "client"}}
    assert world.rows("SELECT answer ? 'result' FROM commands") == [(True,)]


def test_refusal_is_remembered_where_there_is_no_answer(world: World, registered: CommandKey) -> None:
    other = CommandKey("ada", uuid4(), registered.name, registered.fingerprint)

    assert remember(world, other) == REFUSAL
    assert remember(world, other) == REFUSAL


def test_refusal_of_an_id_that_meanwhile_stands_for_something_else_is_told(
    world: World, registered: CommandKey
) -> None:
    with pytest.raises(CommandIdReused):
        remember(world, CommandKey("ada", registered.command_id, registered.name, b"other"))


def test_fingerprint_is_of_the_meaning_and_not_of_its_spelling() -> None:
    one = fingerprint("things.rename", {"a": 1, "b": {"c": None, "d": "ä"}})

    assert fingerprint("things.rename", {"b": {"d": "ä", "c": None}, "a": 1}) == one
    assert len(one) == 32
    for name, content in (
        ("things.renamed", {"a": 1, "b": {"c": None, "d": "ä"}}),
        ("things.rename", {"a": "1", "b": {"c": None, "d": "ä"}}),
        ("things.rename", {"a": 1, "b": {"d": "ä"}}),
        ("things.rename", {"a": 1, "b": {"c": None, "d": "a"}}),
    ):
        assert fingerprint(name, content) != one
