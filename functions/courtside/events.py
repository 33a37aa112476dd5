"""Domain events: facts in the past tense that a command emits and `relay.subscriptions` reacts to."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, named `<subject>.<past participle>.v<version>`; carries all that reactions need."""

    name: ClassVar[str]
