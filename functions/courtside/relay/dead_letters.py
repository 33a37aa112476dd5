"""Dead letters: documents, entries and deliveries that were given up, why, and their way back to work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from courtside.db.reader import Reader
from courtside.db.sql import Queries

_QUERIES = Queries(__package__, "dead_letters.sql")


@dataclass(frozen=True)
class DeadLetter:
    """What was given up: `item` is the path of a document or the id of what has none, `path` says where it belongs."""

    item: str
    path: str
    attempts: int
    dead_at: datetime
    reason: str | None


@dataclass(frozen=True)
class Which:
    """Dead letters below a path, or the one with an id or path, or all."""

    prefix: str = ""
    item: str | None = None


def list_dead(reader: Reader, which: Which, *, limit: int) -> Sequence[DeadLetter]:
    """Dead letters, the latest first."""
    return reader.list(_QUERIES["list_dead"], DeadLetter, prefix=which.prefix, item=which.item, limit=limit)


def revive(reader: Reader, letters: Sequence[DeadLetter]) -> int:
    """Have dead letters tried again, with all their attempts before them; how many."""
    items = [letter.item for letter in letters]
    revivals = _QUERIES["revive_documents"], _QUERIES["revive_entries"], _QUERIES["revive_deliveries"]
    return sum(reader.execute(revival, items=items) for revival in revivals)
