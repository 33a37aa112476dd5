"""The command registry: which use cases a callable offers, to whom, and with which input."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from courtside.actors import Role
from courtside.db.unit_of_work import UnitOfWork
from courtside.errors import InvalidInput, NotAllowed, UnknownCommand

S = TypeVar("S", bound="CommandSchema")
Handler = Callable[[UnitOfWork, S], BaseModel]

# May be called by anyone who is signed in, registered or not.
SIGNED_IN: frozenset[Role] = frozenset()
REGISTERED = frozenset(Role)

_NULL_PROBLEM = "text must not contain the character U+0000"


class CommandSchema(BaseModel):
    """Base of every command's input: strict about types and unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    command_id: UUID


class View(BaseModel):
    """Base of every command's answer."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True)
class Command(Generic[S]):
    """One use case: its name, input, the roles that may call it, and what runs."""

    name: str
    schema: type[S]
    roles: frozenset[Role]
    handler: Handler[S]

    def authorize(self, role: Role | None) -> None:
        """Raises NotAllowed unless an account of this role may call it."""
        if self.roles and role not in self.roles:
            raise NotAllowed(role=role.value if role else None, allowed=sorted(self.roles))

    def validate(self, content: dict[str, Any]) -> S:
        """The content as the command's input.

        Raises:
            InvalidInput: with `fields`: one `{path, problem}` for each field at fault.
        """
        if unstorable := list(_paths_of_null(content)):
            raise InvalidInput(fields=[{"path": path, "problem": _NULL_PROBLEM} for path in unstorable])
        try:
            # As JSON: strict then still reads UUIDs, dates and times from their strings, but "5" is no number.
            return self.schema.model_validate_json(json.dumps(content), strict=True)
        except ValidationError as error:
            raise InvalidInput(fields=_field_errors(error)) from None


class Commands:
    """The commands of one callable."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self._commands: dict[str, Command[Any]] = {}

    def command(self, schema: type[S], *, roles: frozenset[Role]) -> Callable[[Handler[S]], Handler[S]]:
        """Register a handler under its own name."""

        def register(handler: Handler[S]) -> Handler[S]:
            name = handler.__name__
            self._commands[name] = Command(f"{self.domain}.{name}", schema, roles, handler)
            return handler

        return register

    def get(self, name: str) -> Command[Any]:
        """Raises UnknownCommand when this callable has no such command."""
        try:
            return self._commands[name]
        except KeyError:
            raise UnknownCommand(commands=sorted(self._commands)) from None

    def __iter__(self) -> Any:
        return iter(self._commands.values())


def _paths_of_null(value: object, path: str = "") -> Iterator[str]:
    """Where text holds U+0000, which JSON and Python can carry and Postgres cannot."""
    match value:
        case str() if "\0" in value:
            yield path
        case dict():
            for name, item in value.items():
                if "\0" in name:
                    yield path or "(all)"
                yield from _paths_of_null(item, f"{path}.{name}".lstrip("."))
        case list():
            for position, item in enumerate(value):
                yield from _paths_of_null(item, f"{path}.{position}")


def _field_errors(error: ValidationError) -> list[dict[str, str]]:
    """What is wrong, without repeating the input: it may be a secret in the wrong field."""
    return [
        {"path": ".".join(str(part) for part in problem["loc"]) or "(all)", "problem": problem["msg"]}
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
    ]
