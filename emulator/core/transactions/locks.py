"""Who has read what in open transactions, and who waits for whom. No waiting happens here.

Reads share: a document or query can be locked by many transactions. A write conflicts with the locks of all
others, and waits until they are gone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from emulator.core.documents import Change
from emulator.core.interests import Interest, interest_of, interests_in
from emulator.core.queries.model import Query

Key = TypeVar("Key")
Member = TypeVar("Member")


@dataclass(eq=False, slots=True)
class Holder:
    """Whoever holds locks or waits for them; the smaller `age` is the older and goes first."""

    age: int
    persistent: bool = False
    """Has lost a conflict before, and therefore takes turns with others that have."""
    paths: set[str] = field(default_factory=set)
    queries: set[Query] = field(default_factory=set)
    wants: frozenset[str] = frozenset()
    """The paths it waits to write."""
    waits_for: frozenset["Holder"] = frozenset()


class Locks:
    """The read locks of one database's transactions."""

    def __init__(self) -> None:
        self._by_path: defaultdict[str, set[Holder]] = defaultdict(set)
        self._by_interest: defaultdict[Interest, set[tuple[Holder, Query]]] = defaultdict(set)
        self._wanted: defaultdict[str, set[Holder]] = defaultdict(set)

    def lock_path(self, holder: Holder, path: str) -> None:
        """The holder has read this document."""
        holder.paths.add(path)
        self._by_path[path].add(holder)

    def lock_query(self, holder: Holder, query: Query) -> None:
        """The holder has read everything the query finds, and that it finds nothing else."""
        holder.queries.add(query)
        self._by_interest[interest_of(query)].add((holder, query))

    def release(self, holder: Holder) -> None:
        """Drop everything a holder has."""
        for path in holder.paths:
            _discard(self._by_path, path, holder)
        for query in holder.queries:
            _discard(self._by_interest, interest_of(query), (holder, query))
        holder.paths.clear()
        holder.queries.clear()

    def want(self, holder: Holder, paths: Iterable[str], blockers: Iterable[Holder]) -> None:
        """The holder waits for others until it can write these paths."""
        holder.waits_for = frozenset(blockers)
        holder.wants = frozenset(paths)
        for path in holder.wants:
            self._wanted[path].add(holder)

    def want_no_more(self, holder: Holder) -> None:
        """The holder does not wait any longer."""
        for path in holder.wants:
            _discard(self._wanted, path, holder)
        holder.wants = frozenset()
        holder.waits_for = frozenset()

    def blockers_of_write(
        self, writer: Holder, paths: Iterable[str], changes: Iterable[Change]
    ) -> set[Holder]:
        """The others whose locks forbid a write; its changes matter where queries are locked."""
        found = {holder for path in paths for holder in self._by_path.get(path, ())}
        if self._by_interest:
            found.update(holder for change in changes for holder in self._query_holders(change))
        found.discard(writer)
        return found

    def _query_holders(self, change: Change) -> Iterator[Holder]:
        for interest in interests_in(change.record.path):
            for holder, query in self._by_interest.get(interest, ()):
                versions = (change.old, change.new)
                if query.source.covers(change.record) and any(
                    v is not None and query.admits(v) for v in versions
                ):
                    yield holder

    def ahead_of_read(self, reader: Holder, path: str) -> set[Holder]:
        """The others whom a read of `path` lets finish: waiting writers, and whose turn it is among losers."""
        found = set(self._wanted.get(path, ()))
        if reader.persistent:
            found.update(holder for holder in self._by_path.get(path, ()) if holder.persistent)
        found.discard(reader)
        return found if path not in reader.paths else set()


def _discard(sets: dict[Key, set[Member]], key: Key, member: Member) -> None:
    members = sets.get(key)
    if members is not None:
        members.discard(member)
        if not members:
            del sets[key]


def would_deadlock(waiter: Holder, blockers: Iterable[Holder]) -> set[Holder]:
    """The blockers that wait, directly or not, for `waiter`."""
    return {blocker for blocker in blockers if _reaches(blocker, waiter)}


def _reaches(start: Holder, goal: Holder) -> bool:
    seen = {start}
    queue = [start]
    while queue:
        for holder in queue.pop().waits_for:
            if holder is goal:
                return True
            if holder not in seen:
                seen.add(holder)
                queue.append(holder)
    return False
