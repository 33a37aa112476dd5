"""One command of the seed: who sends it, what it says, and at what time of the studio's life."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from seed.people import Person

_NAMESPACE = UUID("6f0c1f5e-7d53-5a0b-9c65-2b4a6d1a7e90")


@dataclass(frozen=True)
class AnswerTo:
    """Stands for a field of the answer to an earlier step: of the same lane, or one that all lanes build on."""

    key: str
    field: str


class AnswerMissing(LookupError):
    """The step that this one builds on was not carried out."""


class AnswerForgotten(LookupError):
    """The step that this one builds on was carried out before, and nobody knows its answer any more."""


@dataclass(frozen=True)
class Step:
    """A command, named `domain.command`; `key` tells it from every other of the same studio.

    It happens at `at`, None for the present. Two steps of the same key and content are the same step, whenever
    they are planned and whatever ids the database gave meanwhile.
    """

    key: str
    sender: Person
    command: str
    content: Mapping[str, Any]
    at: datetime | None = None

    @property
    def command_id(self) -> UUID:
        """The same for the same step, so that sending it again is a repetition."""
        meaning = [self.sender.uid, self.command, self.key, self.content]
        return uuid5(_NAMESPACE, json.dumps(meaning, sort_keys=True, default=_describe))

    def filled(self, answers: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Any]:
        """The content with the answers it refers to.

        Raises:
            AnswerMissing: one of them was never given.
            AnswerForgotten: one of them was given to somebody else.
        """
        return {name: _fill(value, answers) for name, value in self.content.items()}


def _fill(value: Any, answers: Mapping[str, Mapping[str, Any] | None]) -> Any:
    if not isinstance(value, AnswerTo):
        return value
    answer = answers.get(value.key, {})
    if answer is None:
        raise AnswerForgotten(value.key)
    if value.field not in answer:
        raise AnswerMissing(value.key)
    return answer[value.field]


def _describe(value: object) -> list[str]:
    assert isinstance(value, AnswerTo), f"not of JSON: {value!r}"
    return [value.key, value.field]
