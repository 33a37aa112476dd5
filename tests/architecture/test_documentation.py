"""What clients rely on is documented: every command, every reason, every projected document."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from courtside.availability.api import commands as availability_commands
from courtside.bookings.api import commands as bookings_commands
from courtside.errors import CourtsideError
from courtside.identity.api import commands as account_commands
from courtside.trainers.api import commands as trainers_commands

DATA_MODEL = (Path(__file__).parents[2] / "docs" / "data-model.md").read_text(encoding="utf-8")
CALLABLES = (account_commands, trainers_commands, availability_commands, bookings_commands)
# Bases that are never raised themselves.
ABSTRACT_REASONS = {"REFUSED"}


def _reasons(error: type[CourtsideError]) -> Iterator[str]:
    yield error.reason
    for subclass in error.__subclasses__():
        if subclass.__module__.startswith("courtside."):
            yield from _reasons(subclass)


@pytest.mark.parametrize("name", sorted(command.name for callable_ in CALLABLES for command in callable_))
def test_every_command_is_documented(name: str) -> None:
    assert f"`{name}`" in DATA_MODEL


@pytest.mark.parametrize("reason", sorted(set(_reasons(CourtsideError)) - ABSTRACT_REASONS))
def test_every_reason_is_documented(reason: str) -> None:
    assert f"`{reason}`" in DATA_MODEL
