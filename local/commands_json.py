"""Writes `docs/commands.json`: every command and query, who may call it and how often, and what it takes and answers.

    PYTHONPATH=functions python -m local.commands_json

Generated from what the callables of `main.py` register, and from the table of commands in `docs/data-model.md`.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

from pydantic.json_schema import GenerateJsonSchema

import main
from courtside.edge.commands import ANYONE, Command, Commands, Query
from local.environment import ROOT

TARGET = ROOT / "docs" / "commands.json"
DATA_MODEL = ROOT / "docs" / "data-model.md"

_ROW = re.compile(r"^\| (?P<names>`[a-z_]+\.[a-z_`. ]+) \| (?P<who>[^|]+) \| (?P<does>.+) \|$", re.MULTILINE)
_NAME = re.compile(r"`([a-z_]+\.[a-z_]+)`")
# In the order in which they can do more.
_ROLES = ("client", "trainer", "support", "admin")


class Untitled(GenerateJsonSchema):
    """JSON Schema without a title for each field that only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class Undocumented(Exception):
    """The table of commands does not have a command."""


def registered() -> Iterator[Command[Any] | Query[Any]]:
    """Every command and query of every callable of `main.py`, by name."""
    callables = [value for value in vars(main).values() if isinstance(value, Commands)]
    yield from sorted((command for commands in callables for command in commands), key=lambda each: each.name)


def describe(command: Command[Any] | Query[Any], who: Mapping[str, str]) -> dict[str, Any]:
    """What a client's developer has to know of a command; `who` says of each whose things it may touch."""
    if command.name not in who:
        raise Undocumented(f"{command.name} is not in the table of commands in {DATA_MODEL.name}")
    bucket, limit = command.meter
    view = get_type_hints(command.handler)["return"]
    return {
        "kind": "query" if isinstance(command, Query) else "command",
        "who": who[command.name],
        "roles": _roles(command),
        "limit": {"bucket": bucket, "burst": limit.burst, "per_minute": limit.per_minute},
        **_dangers(command),
        "input": command.schema.model_json_schema(schema_generator=Untitled),
        "result": view.model_json_schema(mode="serialization", schema_generator=Untitled),
    }


def who_may(data_model: str) -> dict[str, str]:
    """Of each command, in the words of the table of commands, whose things it may touch."""
    rows = _ROW.finditer(data_model)
    return {name: row["who"].strip() for row in rows for name in _NAME.findall(row["names"])}


def render() -> str:
    """The whole file."""
    who = who_may(DATA_MODEL.read_text(encoding="utf-8"))
    commands = {command.name: describe(command, who) for command in registered()}
    return json.dumps({"commands": commands}, indent=1, ensure_ascii=False) + "\n"


def _roles(command: Command[Any] | Query[Any]) -> list[str] | str:
    """The roles of an account that may call it, or `anyone`, or `signed in`: with an account or without."""
    if command.roles is ANYONE:
        return "anyone"
    if not command.roles:
        return "signed in"
    return [role for role in _ROLES if role in command.roles]


def _dangers(command: Command[Any] | Query[Any]) -> dict[str, bool]:
    if isinstance(command, Query):
        return {}
    return {"dangerous": command.dangerous, "recent_sign_in": command.recent_sign_in}


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)} is written.\n")
