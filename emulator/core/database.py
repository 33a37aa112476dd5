"""One database: its documents, their indexes and its history."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.core.clock import CommitClock
from emulator.core.documents import Change, Deletion, Record, Version
from emulator.core.errors import FirestoreError, InvalidArgument
from emulator.core.history import Commit, History
from emulator.core.indexes import Scope
from emulator.core.order import encode_path
from emulator.core.paths import DatabaseName
from emulator.core.queries.execute import Execution
from emulator.core.queries.model import Query, Source
from emulator.core.writes import apply_write, target_of
from emulator.wire import Write, WriteResult

CommitObserver = Callable[[Commit, frozenset[str]], None]
"""Is told of every commit and of all paths its writes named, those left as they were among them."""


Keep = Callable[[DatabaseName, int, Mapping[str, Version | None]], None]
"""Stores what a commit leaves of the documents it changes, before it takes effect; raises to refuse it."""


def keep_nothing(name: DatabaseName, time: int, changed: Mapping[str, Version | None]) -> None:
    """For databases that live in memory only."""


CheckIndexes = Callable[[Query], None]
"""Refuses a query whose indexes are not declared."""


def need_no_indexes(query: Query) -> None:
    """For databases that answer every query."""


@dataclass(frozen=True, slots=True)
class Committed:
    """The answer to a commit; `time` in microseconds."""

    time: int
    results: list[WriteResult]


class Database:
    """The documents of one database and all that is derived from them; for one thread."""

    def __init__(
        self,
        name: DatabaseName,
        clock: CommitClock,
        keep: Keep = keep_nothing,
        check_indexes: CheckIndexes = need_no_indexes,
    ) -> None:
        self.name = name
        self.clock = clock
        self.check_indexes = check_indexes
        self._keep = keep
        self.observers: list[CommitObserver] = []
        self._reset()

    def _reset(self) -> None:
        self._records: dict[str, Record] = {}
        self._by_key: dict[bytes, Record] = {}
        self._collections: dict[str, Scope] = {}
        self._groups: dict[str, Scope] = {}
        self.history = History(self.clock.now())

    def restore(self, documents: Iterable[tuple[str, int, int, bytes]]) -> None:
        """Take over documents as path, creation and update time, and message; only while it is empty."""
        by_collection: dict[str, list[Record]] = defaultdict(list)
        prefix = f"{self.name.documents}/"
        for path, created, time, wire in documents:
            record = Record(path, prefix + path)
            record.versions.append(Version(record.key, time, created, wire))
            self._records[path] = self._by_key[record.key] = record
            by_collection[record.collection].append(record)
        self._collections = {collection: Scope(records) for collection, records in by_collection.items()}

    def versions(self) -> Iterator[tuple[str, Version]]:
        """Every document that exists, with its path."""
        for record in self._records.values():
            if record.current is not None:
                yield record.path, record.current

    # reading

    def read_time(self, requested: int | None = None) -> int:
        """The time of a read in microseconds: now, or the one asked for if it can still be read."""
        now = self.clock.now()
        if requested is None:
            return now
        if requested > now:
            raise InvalidArgument("read_time must not be in the future")
        self.history.check_readable(requested)
        return requested

    def find(self, path: str, read_time: int | None = None) -> Version | None:
        """A document now or at `read_time`, None if it does not exist."""
        record = self._records.get(path)
        if record is None:
            return None
        return record.current if read_time is None else record.at(read_time)

    @property
    def known_paths(self) -> set[str]:
        """The paths of all documents that exist, or existed at a time that can still be read."""
        return set(self._records)

    def find_by_key(self, key: bytes) -> Record | None:
        """The record whose path has this sort key."""
        return self._by_key.get(key)

    def query(self, query: Query, read_time: int | None = None) -> list[Version]:
        """The documents that a query finds now or at `read_time`."""
        return Execution(query, self, read_time).results()

    def count(self, query: Query, read_time: int | None = None, up_to: int | None = None) -> int:
        """How many documents a query finds now or at `read_time`, `up_to` at most."""
        return Execution(query, self, read_time).count(up_to)

    def changed_after(self, time: int) -> set[Record]:
        """The records that a commit later than `time` touched."""
        return self.history.changed_after(time)

    def collections_at(self, read_time: int | None = None) -> set[str]:
        """The paths of all collections that hold documents now, or held some at `read_time`."""
        if read_time is None:
            return {path for path, scope in self._collections.items() if len(scope)}
        changed = self.changed_after(read_time)
        before = {record.collection for record in changed if record.at(read_time)}
        live = Counter(record.collection for record in changed if record.current)
        return before | {path for path, scope in self._collections.items() if len(scope) > live[path]}

    def scope(self, source: Source) -> Scope:
        """The documents that a source ranges over; for a group, of all its parents."""
        if source.all_descendants or not source.collection_id:
            return self._group(source.collection_id)
        return self._collections.get(source.collection) or Scope()

    def _group(self, collection_id: str) -> Scope:
        """All documents in collections with an id; all there are for the empty id. Built on first use."""
        found = self._groups.get(collection_id)
        if found is None:
            members = (
                record
                for record in self._records.values()
                if record.current and collection_id in ("", record.collection_id)
            )
            found = self._groups[collection_id] = Scope(members)
        return found

    # writing

    def commit(self, writes: Sequence[Write]) -> Committed:
        """Apply all writes or none, at one commit time."""
        time = self.clock.tick()
        staged: dict[str, Version | None] = {}
        results = [self._stage(write, staged, time) for write in writes]
        self._install(staged, time)
        return Committed(time, results)

    def commit_apart(self, writes: Sequence[Write]) -> list[WriteResult | FirestoreError]:
        """Apply each write on its own, all about different documents: its result, or why it was refused.

        Those that are not refused take effect together, which costs much less than one after the other.
        """
        time = self.clock.tick()
        staged: dict[str, Version | None] = {}
        outcomes = [self._try(write, staged, time) for write in writes]
        try:
            if staged:
                self._install(staged, time)
        except FirestoreError as refusal:
            return [outcome if isinstance(outcome, FirestoreError) else refusal for outcome in outcomes]
        return outcomes

    def _try(
        self, write: Write, staged: dict[str, Version | None], time: int
    ) -> WriteResult | FirestoreError:
        try:
            return self._stage(write, staged, time)
        except FirestoreError as refusal:
            return refusal

    def preview(self, writes: Sequence[Write]) -> list[Change]:
        """What a commit of these writes would change now; refuses what the commit would refuse."""
        return self._changes(writes, self.clock.now())

    def proposed(self, writes: Sequence[Write]) -> Commit:
        """The commit that these writes would be now if their preconditions held, with unchanged documents too."""
        time = self.clock.now()
        return Commit(time, tuple(self._changes(writes, time, conditional=False)))

    def _changes(self, writes: Sequence[Write], time: int, *, conditional: bool = True) -> list[Change]:
        staged: dict[str, Version | None] = {}
        for write in writes:
            self._stage(write, staged, time, conditional=conditional)
        return [Change(self._record(path), self.find(path), version) for path, version in staged.items()]

    def _record(self, path: str) -> Record:
        return self._records.get(path) or Record(path, f"{self.name.documents}/{path}")

    def _stage(
        self, write: Write, staged: dict[str, Version | None], time: int, *, conditional: bool = True
    ) -> WriteResult:
        path = target_of(write, self.name)
        old = staged[path] if path in staged else self.find(path)
        outcome = apply_write(write, f"{self.name.documents}/{path}", old, time, conditional=conditional)
        if outcome.document is None:
            staged[path] = None
        elif outcome.changed:
            staged[path] = Version.of(encode_path(path), time, outcome.created, outcome.document)
        else:
            staged[path] = old
        return outcome.result

    def _install(self, staged: dict[str, Version | None], time: int) -> None:
        changed = {path: version for path, version in staged.items() if version is not self.find(path)}
        if changed:
            self._keep(self.name, time, changed)
        changes = [self._replace(path, self.find(path), version, time) for path, version in changed.items()]
        commit = Commit(time, tuple(changes))
        if changes:
            for record in self.history.append(commit):
                self._forget(record)
        for observe in self.observers:
            observe(commit, frozenset(staged))

    def _replace(self, path: str, old: Version | None, new: Version | None, time: int) -> Change:
        record = self._records.get(path)
        if record is None:
            record = self._records[path] = self._record(path)
            self._by_key[record.key] = record
        record.versions.append(new or Deletion(time))
        change = Change(record, old, new)
        scope = self._collections.get(record.collection)
        if scope is None:
            scope = self._collections[record.collection] = Scope()
        scope.apply(change)
        for group in (record.collection_id, ""):
            if group in self._groups:
                self._groups[group].apply(change)
        return change

    def _forget(self, record: Record) -> None:
        if record.current is None and self._records.get(record.path) is record:
            del self._records[record.path], self._by_key[record.key]
            if not len(self._collections.get(record.collection, ())):
                self._collections.pop(record.collection, None)

    def clear(self) -> None:
        """Delete every document; listeners see them go, earlier times can no longer be read."""
        deletions = [Write(delete=record.name) for record in self._records.values() if record.current]
        if deletions:
            self.commit(deletions)
        self._reset()
