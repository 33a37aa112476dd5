"""What the live view knows: the documents of each listener, what changed lately, and how fast it came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

Fields = Mapping[str, Any]
# Document id → fields.
Documents = Mapping[str, Fields]

KEPT_LATENCIES = 200
HIGHLIGHT = timedelta(seconds=6)


class Source(StrEnum):
    """What is listened to."""

    TRAINER = auto()
    DAY = auto()
    SESSIONS = auto()
    FEED = auto()


class How(StrEnum):
    """How something changed."""

    NEW = auto()
    CHANGED = auto()
    GONE = auto()


@dataclass(frozen=True)
class Change:
    """A change that was seen at `at`, so many milliseconds after its commit."""

    at: datetime
    how: How
    milliseconds: float


@dataclass(frozen=True)
class State:
    """All that a frame shows; nothing is known of a source until its first snapshot.

    `awaited` are the sources whose next snapshot tells how things stand, which is no change. `changes` go by
    document id, those of slots by `slot_key`; `latencies` are in milliseconds, newest last.
    """

    trainer_id: str
    on_date: date
    documents: Mapping[Source, Documents] = field(default_factory=dict)
    awaited: frozenset[Source] = frozenset(Source)
    changes: Mapping[str, Change] = field(default_factory=dict)
    latencies: tuple[float, ...] = ()
    is_connected: bool = True

    @property
    def trainer(self) -> Fields:
        return next(iter(self.documents.get(Source.TRAINER, {}).values()), {})

    @property
    def slots(self) -> list[Fields]:
        """Open starts and shared sessions with seats left, as the day's document lists them."""
        return [slot for day in self.documents.get(Source.DAY, {}).values() for slot in day["slots"]]

    @property
    def sessions(self) -> Documents:
        return self.documents.get(Source.SESSIONS, {})

    @property
    def feed(self) -> Documents:
        return self.documents.get(Source.FEED, {})

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.trainer.get("time_zone", "UTC"))

    def change_of(self, key: str, now: datetime) -> Change | None:
        """The change to be highlighted now, if it is recent enough."""
        change = self.changes.get(key)
        return change if change is not None and now - change.at < HIGHLIGHT else None


def receive(state: State, source: Source, documents: Documents, now: datetime) -> State:
    """The state once a snapshot, the whole result of its listener, has arrived."""
    known = {**state.documents, source: documents}
    if source in state.awaited:
        return replace(state, documents=known, awaited=state.awaited - {source})
    news = dict(_changes(state.documents[source], documents, now))
    latencies = [change.milliseconds for change in news.values() if change.how is not How.GONE]
    if source is Source.DAY:
        news = {**news, **dict(_slot_changes(state.documents[source], documents, news))}
    return replace(
        state,
        documents=known,
        changes={**state.changes, **news},
        latencies=(*state.latencies, *latencies)[-KEPT_LATENCIES:],
    )


def disconnect(state: State) -> State:
    """The state once the listeners were lost: what is shown stays."""
    return replace(state, is_connected=False)


def reconnect(state: State) -> State:
    """The state once there are new listeners: the first that each says is how things stand, and no news."""
    return replace(state, is_connected=True, awaited=frozenset(Source))


def slot_key(slot: Fields) -> str:
    """What tells one slot of a day from every other."""
    return f"{slot['service_id']} {slot['starts_at'].isoformat()}"


def percentile(values: tuple[float, ...], percent: int) -> float:
    """The least value that so many percent of all values do not exceed (nearest rank)."""
    if percent == 50:
        return median(values)
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _changes(before: Documents, after: Documents, now: datetime) -> Iterator[tuple[str, Change]]:
    for key, fields in after.items():
        if before.get(key) != fields:
            waited = (now - fields["committed_at"]) / timedelta(milliseconds=1)
            yield key, Change(now, How.CHANGED if key in before else How.NEW, waited)
    for key in before.keys() - after.keys():
        yield key, Change(now, How.GONE, 0)


def _slot_changes(
    before: Documents, after: Documents, news: Mapping[str, Change]
) -> Iterator[tuple[str, Change]]:
    for key, change in news.items():
        old, new = (_slots_by_key(documents.get(key)) for documents in (before, after))
        for slot in old.keys() | new.keys():
            if slot not in old:
                yield slot, replace(change, how=How.NEW)
            elif slot not in new:
                yield slot, replace(change, how=How.GONE)
            elif old[slot]["seats_left"] != new[slot]["seats_left"]:
                yield slot, replace(change, how=How.CHANGED)


def _slots_by_key(day: Fields | None) -> dict[str, Fields]:
    return {slot_key(slot): slot for slot in (day["slots"] if day else ())}
