"""The command registry: who may call what, and what a command's input may look like."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import Field

from courtside.actors import Role
from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.commands import REGISTERED, SIGNED_IN, Command, Commands, CommandSchema, View
from courtside.errors import InvalidInput, NotAllowed, UnknownCommand

COMMAND_ID = "0190b0a2-7c3a-7000-8000-000000000001"


class Rename(CommandSchema):
    """An input with a field of each kind that matters here."""

    name: str = Field(min_length=1, max_length=10)
    count: int = Field(default=1, ge=1, le=9)
    share: float = 0.5
    public: bool = False
    tags: tuple[str, ...] = ()


class Renamed(View):
    """An answer."""

    name: str


def commands_for(roles: frozenset[Role]) -> Commands:
    commands = Commands("things")

    @commands.command(Rename, roles=roles)
    def rename(uow: UnitOfWork, command: Rename) -> Renamed:
        return Renamed(name=command.name)

    return commands


def rename_command(roles: frozenset[Role] = REGISTERED) -> Command[Any]:
    return commands_for(roles).get("rename")


def faults(**content: Any) -> list[dict[str, str]]:
    with pytest.raises(InvalidInput) as raised:
        rename_command().validate({"command_id": COMMAND_ID, "name": "x", **content})
    fields: list[dict[str, str]] = raised.value.details["fields"]
    return fields


def test_command_is_named_after_its_domain_and_handler() -> None:
    assert rename_command().name == "things.rename"
    assert [command.name for command in commands_for(REGISTERED)] == ["things.rename"]


@pytest.mark.parametrize("name", ["Rename", "rename ", "", "__init__", "things.rename", "drop\ntable"])
def test_unknown_command_names_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownCommand) as raised:
        commands_for(REGISTERED).get(name)

    assert raised.value.details == {"commands": ["rename"]}


@pytest.mark.parametrize(
    ("roles", "role", "allowed"),
    [
        (SIGNED_IN, None, True),
        (SIGNED_IN, Role.CLIENT, True),
        (REGISTERED, None, False),
        (REGISTERED, Role.SUPPORT, True),
        (frozenset({Role.ADMIN}), Role.ADMIN, True),
        (frozenset({Role.ADMIN}), Role.TRAINER, False),
        (frozenset({Role.ADMIN}), None, False),
    ],
)
def test_roles_decide_who_may_call(roles: frozenset[Role], role: Role | None, allowed: bool) -> None:
    command = rename_command(roles)

    if allowed:
        command.authorize(role)
    else:
        with pytest.raises(NotAllowed) as raised:
            command.authorize(role)
        assert raised.value.details == {"role": role, "allowed": sorted(roles)}


def test_input_is_read_with_its_defaults() -> None:
    payload = rename_command().validate({"command_id": COMMAND_ID.upper(), "name": " x ", "tags": ["a"]})

    assert payload == Rename(command_id=UUID(COMMAND_ID), name="x", tags=("a",))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 5),
        ("name", None),
        ("name", ["x"]),
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 11),
        ("count", "5"),
        ("count", True),
        ("count", 5.0),
        ("count", 0),
        ("count", -1),
        ("count", 10**17),
        ("count", None),
        ("share", "0.5"),
        ("share", True),
        ("public", 1),
        ("public", "true"),
        ("tags", "a"),
        ("tags", {"0": "a"}),
        ("command_id", 5),
        ("command_id", "not-a-uuid"),
        ("command_id", None),
        ("command_id", ""),
    ],
)
def test_value_of_another_type_or_size_is_refused(field: str, value: object) -> None:
    assert [fault["path"] for fault in faults(**{field: value})] == [field]


def test_each_field_at_fault_is_listed() -> None:
    found = faults(count=0, tags=["a", 5], colour="red")

    assert {fault["path"] for fault in found} == {"count", "tags.1", "colour"}
    assert all(fault["problem"] for fault in found)


def test_command_without_an_id_is_refused() -> None:
    with pytest.raises(InvalidInput) as raised:
        rename_command().validate({"name": "x"})

    assert [fault["path"] for fault in raised.value.details["fields"]] == ["command_id"]


def test_faults_do_not_repeat_the_input() -> None:
    secret = f"secret-{uuid4().hex}"
    values = {"command_id": secret, "name": secret, "count": secret, "share": secret, "tags": secret}

    assert secret not in str(faults(**values, extra=secret))


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"name": "a\0b"}, "name"),
        ({"tags": ["a", "\0"]}, "tags.1"),
        ({"extra": {"deep": "\0"}}, "extra.deep"),
        ({"na\0me": "x"}, "(all)"),
    ],
)
def test_null_character_is_refused_for_postgres_cannot_store_it(content: dict[str, Any], path: str) -> None:
    assert [fault["path"] for fault in faults(**content)] == [path]


def test_half_a_surrogate_pair_is_refused() -> None:
    assert faults(name="\ud800")
