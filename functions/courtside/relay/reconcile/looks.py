"""What looking at a page of items comes to, and who can look: one stage of a reconciliation each."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from courtside.firestore.stored import Stored
from courtside.relay.reconcile.verdicts import Drift, Kind, Subject, judge

READ_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class Suspicion:
    """What seems wrong with an item, and the state of our own record in which it did."""

    item: str
    drift: Drift
    state: Hashable


@dataclass(frozen=True)
class Look:
    """What one look came to: how many items it saw, how many of them were on their way, and whom it suspects."""

    seen: int
    in_flight: int = 0
    suspicions: tuple[Suspicion, ...] = ()


class Stage(Protocol):
    """One way to look for drift. Items are texts that sort in the order of the pages."""

    @property
    def name(self) -> str:
        """What is looked at; stored, so that another process can go on."""

    def page(self, after: str, limit: int) -> Sequence[str]:
        """The next items; none at the end."""

    def look(self, items: Sequence[str]) -> Look:
        """Judge items."""


def judge_all(
    item_of: Mapping[str, str], subjects: Iterable[Subject], stored: Mapping[str, Stored]
) -> tuple[Suspicion, ...]:
    """Whom to suspect among subjects; `item_of` says by which item each path was looked at."""
    drifts = ((subject, _judge(subject, stored.get(subject.path))) for subject in subjects)
    return tuple(
        Suspicion(item_of[subject.path], drift, subject.state)
        for subject, drift in drifts
        if drift is not None
    )


def _judge(subject: Subject, stored: Stored | None) -> Drift | None:
    try:
        return judge(subject, stored)
    except (TypeError, ValueError) as error:
        # Firestore has no such value.
        return Drift(subject.path, Kind.UNRENDERABLE, type(error).__name__)


def confirmed(first: Sequence[Suspicion], second: Look) -> list[Drift]:
    """What both looks suspect, of items whose record did not change in between."""
    before = {suspicion.item: suspicion.state for suspicion in first}
    return [again.drift for again in second.suspicions if before.get(again.item) == again.state]
