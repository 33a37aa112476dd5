"""What a listened query or document looks like after each commit, worked out from the commit if possible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from emulator.core.database import Database
from emulator.core.documents import Change, Record, Version
from emulator.core.order import encode_path
from emulator.core.queries.model import Query


class State(Enum):
    """How a document stands to a target after a commit."""

    PRESENT = "present"
    """In the target, new or changed."""
    LEFT = "left"
    """Exists, but a change took it out of the target."""
    DISPLACED = "displaced"
    """Unchanged, but beyond the target's limit now."""
    DELETED = "deleted"
    """Does not exist."""


@dataclass(frozen=True, slots=True)
class ViewChange:
    """One document's change as a target sees it: its new version where it exists anew, otherwise its name."""

    key: bytes
    state: State
    version: Version | None = None
    name: str = ""


class View(Protocol):
    """A target's content, shared by all who listen to the same thing."""

    def initial(self) -> list[ViewChange]:
        """Everything that a new listener has to be told."""

    def apply(self, changes: Sequence[Change]) -> list[ViewChange]:
        """What a commit changes, given its changes to the database."""

    def since(self, time: int) -> list[ViewChange]:
        """What changed after `time`, for a listener that resumes."""

    def count(self, time: int | None = None) -> int:
        """How many documents the target holds now, or held at `time`."""


def _present(version: Version) -> ViewChange:
    return ViewChange(version.key, State.PRESENT, version)


def _gone(record: Record, new: Version | None) -> ViewChange:
    if new is None:
        return ViewChange(record.key, State.DELETED, name=record.name)
    return ViewChange(record.key, State.LEFT, new)


def _transitions(database: Database, time: int) -> Iterable[Change]:
    """What happened to each document between `time` and now."""
    for record in sorted(database.changed_after(time), key=lambda record: record.key):
        yield Change(record, record.at(time), record.current)


class DocumentView:
    """A single document; that it does not exist is news too."""

    def __init__(self, database: Database, path: str) -> None:
        self._database = database
        self._path = path
        self._missing = ViewChange(encode_path(path), State.DELETED, name=f"{database.name.documents}/{path}")

    def _told(self, version: Version | None) -> ViewChange:
        return self._missing if version is None else _present(version)

    def initial(self) -> list[ViewChange]:
        """The document, or that there is none."""
        return [self._told(self._database.find(self._path))]

    def apply(self, changes: Sequence[Change]) -> list[ViewChange]:
        """The document's new version if the commit touched it."""
        return [self._told(change.new) for change in changes if change.record.path == self._path]

    def since(self, time: int) -> list[ViewChange]:
        """The document if it changed after `time`."""
        return self.apply(
            [change for change in _transitions(self._database, time) if change.old != change.new]
        )

    def count(self, time: int | None = None) -> int:
        """1 if it exists."""
        return int(self._database.find(self._path, time) is not None)


class QueryView:
    """A query without limit: each change decides for itself, so nothing is kept."""

    def __init__(self, database: Database, query: Query) -> None:
        self._database = database
        self._query = query

    def initial(self) -> list[ViewChange]:
        """The results, in order."""
        return [_present(version) for version in self._database.query(self._query)]

    def apply(self, changes: Iterable[Change]) -> list[ViewChange]:
        """Changes of documents that match now or did before."""
        admits, covers = self._query.admits, self._query.source.covers
        told = []
        for record, old, new in ((change.record, change.old, change.new) for change in changes):
            if not covers(record) or old is new:
                continue
            if new is not None and admits(new):
                told.append(_present(new))
            elif old is not None and admits(old):
                told.append(_gone(record, new))
        return told

    def since(self, time: int) -> list[ViewChange]:
        """Changes between the two moments, whatever happened in between."""
        return self.apply(_transitions(self._database, time))

    def count(self, time: int | None = None) -> int:
        """How many documents match."""
        return self._database.count(self._query, time)


class WindowView:
    """A query with a limit or an offset: the window is kept, and read again when a change concerns it."""

    def __init__(self, database: Database, query: Query) -> None:
        self._database = database
        self._query = query
        self._window = self._read(None)

    def _read(self, time: int | None) -> dict[bytes, Version]:
        return {version.key: version for version in self._database.query(self._query, time)}

    def initial(self) -> list[ViewChange]:
        """The window, in order."""
        return [_present(version) for version in self._window.values()]

    def apply(self, changes: Sequence[Change]) -> list[ViewChange]:
        """What enters, changes in, and leaves the window."""
        if not any(self._concerns(change) for change in changes):
            return []
        before, self._window = self._window, self._read(None)
        return self._difference(before)

    def _concerns(self, change: Change) -> bool:
        query = self._query
        if not query.source.covers(change.record):
            return False
        if change.record.key in self._window:
            return True
        if query.offset:
            return any(version is not None and query.admits(version) for version in (change.old, change.new))
        return change.new is not None and query.admits(change.new) and self._reaches(change.new)

    def _reaches(self, version: Version) -> bool:
        """Whether a document that is not in the window would stand within it."""
        if len(self._window) < (self._query.limit or 0):
            return True
        last = next(reversed(self._window.values()), None)
        return last is not None and (self._query.order_key(version) or b"") < (
            self._query.order_key(last) or b""
        )

    def _difference(self, before: dict[bytes, Version]) -> list[ViewChange]:
        told = [self._removal(version) for key, version in before.items() if key not in self._window]
        told += [_present(version) for key, version in self._window.items() if before.get(key) is not version]
        return told

    def _removal(self, version: Version) -> ViewChange:
        record = self._database.find_by_key(version.key)
        if record is None or record.current is None:
            return ViewChange(version.key, State.DELETED, name=version.document.name)
        if record.current is version:
            return ViewChange(version.key, State.DISPLACED, name=record.name)
        return ViewChange(version.key, State.LEFT, record.current)

    def since(self, time: int) -> list[ViewChange]:
        """The difference between the window then and now."""
        return self._difference(self._read(time))

    def count(self, time: int | None = None) -> int:
        """How many documents are in the window."""
        return len(self._window if time is None else self._read(time))
