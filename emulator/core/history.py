"""The recent commits of a database, for reads in the past and listeners that resume."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from emulator.core.clock import MICROS_PER_SECOND
from emulator.core.documents import Change, Deletion, Record
from emulator.core.errors import FailedPrecondition

RETENTION_MICROS = 3600 * MICROS_PER_SECOND
MAX_CHANGES = 500_000


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit changed; `time` in microseconds."""

    time: int
    changes: tuple[Change, ...]


class History:
    """Commits of the last hour, or of the last `MAX_CHANGES` changes when there were more."""

    def __init__(self, start: int) -> None:
        self._commits: deque[Commit] = deque()
        self._size = 0
        self._horizon = start

    @property
    def horizon(self) -> int:
        """The earliest time at which the database can still be read."""
        return self._horizon

    def append(self, commit: Commit) -> list[Record]:
        """Remember a commit; returns the records of documents that no readable time knows any more."""
        self._commits.append(commit)
        self._size += len(commit.changes)
        forgotten: list[Record] = []
        oldest = commit.time - RETENTION_MICROS
        while self._size > MAX_CHANGES or (self._commits and self._commits[0].time < oldest):
            forgotten += self._forget(self._commits.popleft())
        return forgotten

    def _forget(self, commit: Commit) -> list[Record]:
        self._horizon = commit.time
        self._size -= len(commit.changes)
        return [change.record for change in commit.changes if _trim(change.record, commit.time)]

    def check_readable(self, time: int) -> None:
        """FailedPrecondition for a time before the horizon."""
        if time < self._horizon:
            raise FailedPrecondition(
                "read_time is too old: the database can be read as it was in the last hour"
            )

    def since(self, time: int) -> Iterator[Commit]:
        """The commits later than `time`, oldest first."""
        position = bisect_right(self._commits, time, key=lambda commit: commit.time)
        return islice(self._commits, position, None)

    def changed_after(self, time: int) -> set[Record]:
        """The records that a commit later than `time` touched."""
        return {change.record for commit in self.since(time) for change in commit.changes}


def _trim(record: Record, horizon: int) -> bool:
    """Drop the versions that only earlier times than `horizon` knew; True if the document is gone for good."""
    versions = record.versions
    while len(versions) > 1 and versions[1].time <= horizon:
        del versions[0]
    return len(versions) == 1 and isinstance(versions[0], Deletion)
