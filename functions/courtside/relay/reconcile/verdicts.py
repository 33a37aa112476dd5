"""The verdict on one document: whether what stands in Firestore is what should, and if not, in what way."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from courtside.firestore.stored import Stored
from courtside.firestore.values import Fields

# A pair of eyes needs some names, not all.
_MOST_NAMES = 8


class Kind(StrEnum):
    """In what way a document is not as it should be."""

    MISSING = "missing"  # it should be there
    STALE = "stale"  # we wrote it; its facts or its projection have moved on without it
    FOREIGN = "foreign"  # not what we wrote last
    EXTRA = "extra"  # it should not be there
    UNRENDERABLE = "unrenderable"  # its projection fails: nobody can say


class Subject(NamedTuple):
    """A document to be judged: its version, its fields (None: should not exist), and what we know of its last write.

    A tuple, as there is one for each document there is: it costs a third of what a frozen dataclass does.

    `at_write` are its fields as they would have been made just before that write and at it, where time alone
    changes them: whoever was not written since shows these, and rightly so.
    """

    path: str
    version: int
    committed_at: datetime
    fields: Fields | None
    update_time: datetime | None
    at_write: tuple[Fields | None, ...] = ()

    @property
    def state(self) -> Hashable:
        """Unchanged while nobody wanted or wrote it."""
        return self.version, self.update_time


@dataclass(frozen=True)
class Drift:
    """A document that is not as it should be: `there` is the version that it has, 0 if none."""

    path: str
    kind: Kind
    detail: str = ""
    there: int = 0


def judge(subject: Subject, stored: Stored | None) -> Drift | None:
    """What is wrong with a document, if anything."""
    drift = _compare(subject, subject.fields, stored)
    if drift is None or not subject.at_write:
        return drift
    if any(_compare(subject, fields, stored) is None for fields in subject.at_write):
        return None
    # A minute turned while it was written: which side of it was rendered is not known.
    return drift if all(fields == subject.at_write[0] for fields in subject.at_write) else None


def _compare(subject: Subject, fields: Fields | None, stored: Stored | None) -> Drift | None:
    if stored is None:
        return None if fields is None else Drift(subject.path, Kind.MISSING)
    version = stored.version
    if fields is None:
        return Drift(subject.path, Kind.EXTRA, there=version or 0)
    if stored.holds(fields, subject.version, subject.committed_at):
        return None
    differing = stored.differing(fields, subject.version, subject.committed_at)
    detail = ", ".join(differing[:_MOST_NAMES])
    return Drift(subject.path, _whose_fault(subject, version, stored.update_time), detail, version or 0)


def _whose_fault(subject: Subject, version: int | None, update_time: datetime) -> Kind:
    if version is None or version > subject.version:
        return Kind.FOREIGN
    # The update time is the server's: if it is the one we were told, these are the fields that we sent.
    return Kind.STALE if version < subject.version or update_time == subject.update_time else Kind.FOREIGN
