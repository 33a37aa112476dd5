"""`docs/commands.json` is what the code registers, and says of each command what its callers must know."""

import json
import re
from typing import Any

import pytest

from local.commands_json import DATA_MODEL, TARGET, Undocumented, describe, registered, render, who_may

PUBLISHED: dict[str, Any] = json.loads(TARGET.read_text(encoding="utf-8"))["commands"]
WHO = who_may(DATA_MODEL.read_text(encoding="utf-8"))


def test_the_file_is_current() -> None:
    current = json.loads(render())["commands"]

    differing = [name for name in {*current, *PUBLISHED} if current.get(name) != PUBLISHED.get(name)]
    assert differing == [], "write it anew: make commands"
    assert TARGET.read_text(encoding="utf-8") == render()


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_unknown_fields_are_refused_at_every_depth(name: str) -> None:
    schema = PUBLISHED[name]["input"]
    objects = [schema, *(part for part in schema.get("$defs", {}).values() if part.get("type") == "object")]

    assert [part.get("additionalProperties") for part in objects] == [False] * len(objects)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_every_text_and_list_has_an_end(name: str) -> None:
    assert list(_unbounded(PUBLISHED[name]["input"], name)) == []


def _unbounded(schema: Any, path: str) -> Any:
    """Where a caller could send as much as a body holds."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from _unbounded(part, f"{path}[{number}]")
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "array" and "maxItems" not in schema:
        yield path
    is_text = schema.get("type") == "string"
    if is_text and not {"maxLength", "enum", "const", "format", "pattern"} & schema.keys():
        yield path
    if is_text and re.search(r"(?<!\\)[*+]|[^$]\Z", schema.get("pattern", "$")):
        yield path
    for name, part in schema.items():
        yield from _unbounded(part, f"{path}.{name}")


def test_what_is_not_in_the_table_of_commands_is_not_published() -> None:
    command = next(registered())

    with pytest.raises(Undocumented, match=command.name):
        describe(command, {name: who for name, who in WHO.items() if name != command.name})


def test_roles_limits_and_dangers_are_told() -> None:
    assert PUBLISHED["trainers.search"]["roles"] == "anyone"
    assert PUBLISHED["account.register_client"]["roles"] == "signed in"
    assert PUBLISHED["trainers.approve"]["roles"] == ["admin"]
    assert PUBLISHED["bookings.book_session"]["limit"] == {"bucket": "command", "burst": 40, "per_minute": 80}
    assert PUBLISHED["bookings.book_series"]["limit"]["bucket"] == "bookings.book_series"
    assert PUBLISHED["admin.delete_user"]["dangerous"] is True
    assert "dangerous" not in PUBLISHED["trainers.search"]
