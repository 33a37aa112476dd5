"""A Firestore in a dict: what `FirestoreConnection` answers, status by status, without a server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from google.cloud.firestore_v1.types import document as document_types
from google.protobuf.timestamp_pb2 import Timestamp

from courtside.firestore.values import decode_fields, encode_fields
from courtside.firestore.valve import Valve

OK, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION = 0, 5, 6, 9
PREFIX = "projects/demo/databases/(default)/documents/"


@dataclass
class Stored:
    """A document and when it was last written."""

    fields: dict[str, Any]
    at: datetime


@dataclass
class DictFirestore:
    """The part of `FirestoreConnection` that the writer calls; `refuse` may answer a write, or fail the call."""

    documents: dict[str, Stored] = field(default_factory=dict)
    calls: list[list[str]] = field(default_factory=list)
    refuse: Callable[[str], int | Exception | None] = lambda path: None
    reads: int = 0
    valve: Valve = field(default_factory=Valve)
    clock: Iterator[datetime] = field(
        default_factory=lambda: (
            datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n) for n in range(10_000)
        )
    )

    def put(self, path: str, version: int) -> datetime:
        """Have a document there; when it was written."""
        stored = Stored({"version": version}, next(self.clock))
        self.documents[path] = stored
        return stored.at

    def version(self, path: str) -> int | None:
        """The version that is there."""
        stored = self.documents.get(path)
        return None if stored is None else stored.fields["version"]

    def document_name(self, path: str) -> str:
        return PREFIX + path

    def batch_write(self, writes: list[Any], *, timeout_seconds: float) -> Any:
        paths = [_path(write) for write in writes]
        self.calls.append(paths)
        refusals = [self.refuse(path) for path in paths]
        for refusal in refusals:
            if isinstance(refusal, Exception):
                raise refusal
        answers = [
            (_timestamp(None), refusal) if refusal else self._apply(path, write)
            for path, write, refusal in zip(paths, writes, refusals, strict=True)
        ]
        return SimpleNamespace(
            write_results=[SimpleNamespace(update_time=at) for at, _ in answers],
            status=[SimpleNamespace(code=code, message=f"code {code}") for _, code in answers],
        )

    def batch_get(self, paths: list[str], *, field: str, timeout_seconds: float) -> list[Any]:
        self.reads += len(paths)
        return [self._found(path) for path in paths]

    def _apply(self, path: str, write: Any) -> tuple[Any, int]:
        if refused := _unmet(write.current_document, self.documents.get(path)):
            return _timestamp(None), refused
        if write.WhichOneof("operation") == "delete":
            self.documents.pop(path, None)
            return _timestamp(None), OK
        self.documents[path] = Stored(decode_fields(write.update.fields), next(self.clock))
        return _timestamp(self.documents[path].at), OK

    def _found(self, path: str) -> Any:
        there = self.documents.get(path)
        if there is None:
            return SimpleNamespace(WhichOneof=lambda name: "missing", missing=self.document_name(path))
        found = SimpleNamespace(
            name=self.document_name(path), fields=_encoded(there.fields), update_time=_timestamp(there.at)
        )
        return SimpleNamespace(WhichOneof=lambda name: "found", found=found)


def _unmet(condition: Any, there: Stored | None) -> int:
    """The status of a write whose precondition does not hold, OK where it does."""
    kind = condition.WhichOneof("condition_type")
    if kind == "exists" and condition.exists != (there is not None):
        return ALREADY_EXISTS if there else NOT_FOUND
    if kind == "update_time" and there is None:
        return NOT_FOUND
    if kind == "update_time" and there and condition.update_time.ToDatetime(tzinfo=UTC) != there.at:
        return FAILED_PRECONDITION
    return OK


def _path(write: Any) -> str:
    name: str = write.delete or write.update.name
    return name.removeprefix(PREFIX)


def _encoded(fields: dict[str, Any]) -> Any:
    message = document_types.Document.pb()()
    encode_fields(fields, message.fields)
    return message.fields


def _timestamp(at: datetime | None) -> Any:
    stamp = Timestamp()
    if at is not None:
        stamp.FromDatetime(at)
    return stamp
