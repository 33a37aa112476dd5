"""What may be watched of the system at work: a port for measurements and traces, and the observer that looks away."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import NamedTuple, Protocol

Attribute = str | int | float | bool


class Landing(NamedTuple):
    """An item that is now where it belongs: what kind it is of, and when its facts were committed."""

    kind: str
    committed_at: datetime


class Round(NamedTuple):
    """One pass of the relay: when its lease began and its items had landed, in monotonic seconds; and what failed."""

    leased: float
    written: float
    landed: Sequence[Landing]
    # The kind of each item that has to be tried again.
    failed: Sequence[str]


class Observer(Protocol):
    """Notes what happens without holding it up: every method returns at once and raises nothing."""

    def span(self, name: str, /, **attributes: Attribute) -> AbstractContextManager[None]:
        """A part of the work, for as long as the block runs; attributes must tell nothing personal."""
        ...

    def answered(self, command: str, code: str, seconds: float) -> None:
        """Note that a call was answered: the command or query, `OK` or the error's code, and how long it took."""
        ...

    def carried_out(self, round_: Round) -> None:
        """Note what one pass of the relay came to."""
        ...

    def beat(self) -> None:
        """Note that the worker of this process has come round once more."""
        ...

    def found(self, backlog: Mapping[str, float | None]) -> None:
        """Note how far behind the relay is, by the fields of `db.outbox.Backlog`."""
        ...

    def close(self) -> None:
        """Save what was noted, and stop."""
        ...


class Unobserved:
    """Nobody looks: tests, command lines, and wherever observing was not asked for."""

    _NOTHING = nullcontext()

    def span(self, name: str, /, **attributes: Attribute) -> AbstractContextManager[None]:
        """Nothing."""
        return self._NOTHING

    def answered(self, command: str, code: str, seconds: float) -> None:
        """Nothing."""

    def carried_out(self, round_: Round) -> None:
        """Nothing."""

    def beat(self) -> None:
        """Nothing."""

    def found(self, backlog: Mapping[str, float | None]) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


UNOBSERVED: Observer = Unobserved()
