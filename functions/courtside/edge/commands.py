"""The command registry: which use cases a callable offers, to whom, and with which input.

A *command* changes something, once per `command_id`. A *query* only asks: it has no id and leaves no trace.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from courtside.actors import Role
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.edge.limits import PER_COMMAND, PER_QUERY

# Domains register their own through this door.
from courtside.edge.limits import Limit as Limit
from courtside.errors import InvalidInput, NotAllowed, UnknownCommand
from courtside.fields import Reason

S = TypeVar("S", bound="CommandSchema")
Q = TypeVar("Q", bound="QuerySchema")
M = TypeVar("M", bound=BaseModel)
Handler = Callable[[UnitOfWork, S], BaseModel]
QueryHandler = Callable[[Inquiry, Q], BaseModel]

# May be called by anyone who is signed in, registered or not.
SIGNED_IN: frozenset[Role] = frozenset()
REGISTERED = frozenset(Role)
# Of queries alone: signed in or not.
ANYONE: frozenset[Role] | None = None

_NULL_PROBLEM = "text must not contain the character U+0000"


class CommandSchema(BaseModel):
    """Base of every command's input: strict about types and unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    command_id: UUID


class DangerousSchema(CommandSchema):
    """Base of every dangerous command's input: why it is given; to `simulate` it tells what it would change."""

    reason: Reason
    simulate: bool = False


class QuerySchema(BaseModel):
    """Base of every query's input, as strict as a command's; a client may send a `command_id`, which means nothing."""

    model_config = CommandSchema.model_config

    command_id: UUID | None = None


class View(BaseModel):
    """Base of every command's answer."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True)
class Command(Generic[S]):
    """One use case: its name, input, the roles that may call it, and what runs.

    A `dangerous` one is told why, and can be simulated; like others that ask for it, it needs a recent sign-in.
    """

    name: str
    schema: type[S]
    roles: frozenset[Role]
    handler: Handler[S]
    rate_limit: Limit | None = None
    recent_sign_in: bool = False

    @property
    def dangerous(self) -> bool:
        return issubclass(self.schema, DangerousSchema)

    @property
    def meter(self) -> tuple[str, Limit]:
        """The bucket that counts a caller's calls of it, and its size; what sets none of its own shares one."""
        return (self.name, self.rate_limit) if self.rate_limit else ("command", PER_COMMAND)

    def authorize(self, role: Role | None) -> None:
        """Raises NotAllowed unless an account of this role may call it."""
        _require_role(role, self.roles)

    def validate(self, content: dict[str, Any]) -> S:
        """The content as the command's input; raises InvalidInput."""
        return _validate(self.schema, content)


@dataclass(frozen=True)
class Query(Generic[Q]):
    """One question: its name, input, the roles that may ask it, and what answers."""

    name: str
    schema: type[Q]
    roles: frozenset[Role] | None
    handler: QueryHandler[Q]
    rate_limit: Limit | None = None

    @property
    def meter(self) -> tuple[str, Limit]:
        """As a command's."""
        return (self.name, self.rate_limit) if self.rate_limit else ("query", PER_QUERY)

    @property
    def is_public(self) -> bool:
        return self.roles is ANYONE

    def authorize(self, role: Role | None) -> None:
        """Raises NotAllowed unless an account of this role may ask it."""
        _require_role(role, self.roles or SIGNED_IN)

    def validate(self, content: dict[str, Any]) -> Q:
        """The content as the query's input; raises InvalidInput."""
        return _validate(self.schema, content)


class Commands:
    """The commands of one callable."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self._commands: dict[str, Command[Any] | Query[Any]] = {}

    def command(
        self,
        schema: type[S],
        *,
        roles: frozenset[Role],
        rate_limit: Limit | None = None,
        dangerous: bool = False,
        recent_sign_in: bool = False,
    ) -> Callable[[Handler[S]], Handler[S]]:
        """Register a handler under its own name; a `rate_limit` of its own counts it apart from all others.

        Raises:
            TypeError: it is dangerous and its input is no DangerousSchema, or the other way round.
        """
        if dangerous != issubclass(schema, DangerousSchema):
            raise TypeError(f"{schema.__name__}: a dangerous command's input is a DangerousSchema")

        def register(handler: Handler[S]) -> Handler[S]:
            name = handler.__name__
            self._commands[name] = Command(
                f"{self.domain}.{name}", schema, roles, handler, rate_limit, dangerous or recent_sign_in
            )
            return handler

        return register

    def query(
        self, schema: type[Q], *, roles: frozenset[Role] | None, rate_limit: Limit | None = None
    ) -> Callable[[QueryHandler[Q]], QueryHandler[Q]]:
        """Register a handler that only asks, under its own name; `ANYONE` lets visitors ask."""

        def register(handler: QueryHandler[Q]) -> QueryHandler[Q]:
            name = handler.__name__
            self._commands[name] = Query(f"{self.domain}.{name}", schema, roles, handler, rate_limit)
            return handler

        return register

    def get(self, name: str) -> Command[Any] | Query[Any]:
        """Raises UnknownCommand when this callable has no such command."""
        command = self.find(name)
        if command is None:
            raise UnknownCommand(commands=sorted(self._commands))
        return command

    def find(self, name: str) -> Command[Any] | Query[Any] | None:
        """The command or query of this name, if there is one."""
        return self._commands.get(name)

    def __iter__(self) -> Any:
        return iter(self._commands.values())


def _require_role(role: Role | None, roles: frozenset[Role]) -> None:
    if roles and role not in roles:
        raise NotAllowed(role=role.value if role else None, allowed=sorted(roles))


def _validate(schema: type[M], content: dict[str, Any]) -> M:
    """The content as this input.

    Raises:
        InvalidInput: with `fields`: one `{path, problem}` for each field at fault.
    """
    if unstorable := list(_paths_of_null(content)):
        raise InvalidInput(fields=[{"path": path, "problem": _NULL_PROBLEM} for path in unstorable])
    try:
        # As JSON: strict then still reads UUIDs, dates and times from their strings, but "5" is no number.
        return schema.model_validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        raise InvalidInput(fields=_field_errors(error)) from None


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
