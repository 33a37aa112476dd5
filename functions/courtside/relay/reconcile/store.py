"""SQL of reconciliation: what is known of documents and entries, what repairs want, and how far runs came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries

_QUERIES = Queries(__package__)
_FIRST_ID = UUID(int=0)


class Row(NamedTuple):
    """What is known of a document at `now`: its version, and Firestore's time of that, None if it is not there."""

    path: str
    version: int
    update_time: datetime | None
    wanted_at: datetime
    now: datetime
    settled: bool


@dataclass(frozen=True)
class EntryRow:
    """A feed entry, and the version of its document."""

    id: UUID
    target: str
    payload: dict[str, Any]
    committed_at: datetime
    version: int
    update_time: datetime | None
    settled: bool


@dataclass(frozen=True)
class Amount:
    """How many documents and delivered feed entries there are."""

    documents: int
    entries: int


@dataclass(frozen=True)
class Run:
    """A reconciliation: it goes on in `stage` behind `after`; `drift` counts by kind."""

    id: UUID
    started_at: datetime
    seen_at: datetime
    finished_at: datetime | None
    repairs: bool
    stage: str = ""
    after: str = ""
    seen: int = 0
    in_flight: int = 0
    repaired: int = 0
    drift: Mapping[str, int] = field(default_factory=dict)
    examples: Sequence[Mapping[str, str]] = ()

    @property
    def found(self) -> int:
        """Documents that are not as they should be."""
        return sum(self.drift.values())


@dataclass(frozen=True)
class _Count:
    collection: str
    documents: int


@dataclass(frozen=True)
class _Path:
    path: str


@dataclass(frozen=True)
class _Id:
    id: UUID


@dataclass(frozen=True)
class _EntryId:
    id: str


def list_paths(reader: Reader, after: str, limit: int) -> list[str]:
    """A page of the projected documents in the order of their paths."""
    return [row.path for row in reader.list(_QUERIES["list_paths"], _Path, after=after, limit=limit)]


def list_rows(reader: Reader, paths: Sequence[str]) -> Sequence[Row]:
    """What is known of documents, of which there may be fewer than were asked for."""
    # As one text: psycopg takes longer to write a list than Postgres to find what is in it.
    return reader.list(_QUERIES["list_rows"], Row, paths="\n".join(paths))


def list_entry_ids(reader: Reader, after: str, limit: int) -> list[str]:
    """A page of the delivered feed entries in the order of their ids."""
    first = UUID(after) if after else _FIRST_ID
    return [str(row.id) for row in reader.list(_QUERIES["list_entry_ids"], _Id, after=first, limit=limit)]


def list_entries(reader: Reader, ids: Sequence[UUID]) -> Sequence[EntryRow]:
    """Feed entries, of which there may be fewer than were asked for."""
    return reader.list(_QUERIES["list_entries"], EntryRow, ids=list(ids))


def list_known_paths(reader: Reader, paths: Sequence[str]) -> set[str]:
    """Those of which there is a row."""
    return {row.path for row in reader.list(_QUERIES["list_known_paths"], _Path, paths=list(paths))}


def list_known_entries(reader: Reader, ids: Sequence[UUID]) -> set[str]:
    """Those of which there is a feed entry."""
    return {row.id for row in reader.list(_QUERIES["list_known_entries"], _EntryId, ids=list(ids))}


def count_items(reader: Reader) -> Amount:
    """How much there is to look at."""
    amount = reader.find(_QUERIES["count_items"], Amount)
    assert amount is not None  # the query always gives one row
    return amount


def count_present(reader: Reader) -> dict[str, int]:
    """Collection → how many of its documents are in Firestore, as far as we know."""
    return {row.collection: row.documents for row in reader.list(_QUERIES["count_present"], _Count)}


def list_unwanted(reader: Reader, limit: int) -> list[str]:
    """Documents that the facts call for and that nobody ever wanted."""
    return [row.path for row in reader.list(_QUERIES["list_unwanted"], _Path, limit=limit)]


def want_repaired(reader: Reader, versions: Mapping[str, int]) -> int:
    """Have documents written again, or deleted, beyond the versions that are there; how many."""
    return reader.execute(_QUERIES["want_repaired"], paths=list(versions), versions=list(versions.values()))


def forget_repaired_events(reader: Reader) -> int:
    """Forget the repairs of feed events whose entries are forgotten; how many."""
    return reader.execute(_QUERIES["forget_repaired_events"])


def insert_run(reader: Reader, *, repairs: bool) -> Run:
    """Begin a reconciliation."""
    run = reader.find(_QUERIES["insert_run"], Run, id=uuid4(), repairs=repairs)
    assert run is not None  # it is new
    return run


def save_run(reader: Reader, run: Run, *, finished: bool) -> Run:
    """Note how far a reconciliation came."""
    saved = reader.find(
        _QUERIES["save_run"],
        Run,
        id=run.id,
        finished=finished,
        stage=run.stage,
        after=run.after,
        seen=run.seen,
        in_flight=run.in_flight,
        repaired=run.repaired,
        drift=Jsonb(dict(run.drift)),
        examples=Jsonb(list(run.examples)),
    )
    return saved or run  # pruned meanwhile: nobody will go on with it


def find_unfinished_run(reader: Reader, *, repairs: bool) -> Run | None:
    """The latest reconciliation of its sort, if it was left unfinished."""
    return reader.find(_QUERIES["find_unfinished_run"], Run, repairs=repairs)


def find_latest_run(reader: Reader) -> Run | None:
    """The reconciliation that began last, if there was any."""
    return reader.find(_QUERIES["find_latest_run"], Run)


def prune_runs(reader: Reader, *, days: int) -> None:
    """Forget reconciliations of long ago."""
    reader.execute(_QUERIES["prune_runs"], days=days)
