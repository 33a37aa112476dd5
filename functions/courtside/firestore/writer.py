"""The guarded writer: puts whole documents into Firestore so that a version never goes back.

Every write carries the update time of the version that we last knew as its precondition. A writer that was
paused, killed or duplicated therefore fails instead of overwriting; it then reads the version that is there
and yields to it when that one is newer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, InvalidArgument, ResourceExhausted, RetryError

from courtside.firestore.client import FirestoreConnection, Write
from courtside.firestore.stored import version_in
from courtside.firestore.values import Fields, encode_fields
from courtside.firestore.valve import Trouble

# Limits of BatchWrite, less a margin for the envelope: 500 writes, 10 MiB.
MAX_WRITES = 500
MAX_BYTES = 9 * 1024 * 1024

_OK = 0
_ALREADY_EXISTS = 6
_RESOURCE_EXHAUSTED = 8
# ALREADY_EXISTS, NOT_FOUND, FAILED_PRECONDITION: what is there is not what the precondition says.
_GUARD_HELD = frozenset({6, 5, 9})
# INVALID_ARGUMENT, PERMISSION_DENIED, OUT_OF_RANGE, UNIMPLEMENTED: Firestore will not take this document, ever.
_NEVER_TAKEN = frozenset({3, 7, 11, 12})
_GUARD_ROUNDS = 3

# A write on its way, with the document that it is of.
_Encoded = tuple["Document", Any]


@dataclass(frozen=True)
class Document:
    """A whole document to be written, or deleted where `fields` is None, if it is newer than what is there.

    `update_time` is Firestore's of the version that we know, None when we know of none.
    """

    path: str
    version: int
    fields: Fields | None
    update_time: datetime | None
    # Never written twice, under an id of its own: when it is there already, it is this one.
    once: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one document: the version that is there now, or the error that stopped it."""

    path: str
    version: int
    update_time: datetime | None
    error: str | None = None
    # The document itself is at fault, not the way to Firestore: trying again for ever would not help.
    poisoned: bool = False
    # It was known to exist and does not: deleted by a newer writer, or by somebody foreign. Whoever still holds
    # the lease decides from the current rows; writing it here could bring back what was deleted.
    vanished: bool = False


@dataclass(frozen=True)
class _Present:
    version: int
    update_time: datetime


def write_documents(
    connection: FirestoreConnection, documents: Sequence[Document], *, timeout_seconds: float
) -> list[Outcome]:
    """Write documents of any number, each under its own guard; one outcome each, in no particular order.

    `timeout_seconds` bounds each call to Firestore. A call that fails as a whole is the outcome of each document in it:
    it may have been applied all the same, which the next attempt's guard finds out.
    """
    outcomes: list[Outcome] = []
    pending = list(documents)
    for _ in range(_GUARD_ROUNDS):
        # A deletion without a known version has no precondition to carry: look first what it would delete.
        contested = [document for document in pending if _is_blind_deletion(document)]
        encoded, refused = _encode_all(connection, [d for d in pending if not _is_blind_deletion(d)])
        outcomes.extend(refused)
        for batch in _batches(encoded):
            for document, outcome in _write_batch(connection, batch, timeout_seconds):
                if outcome is None:
                    contested.append(document)
                else:
                    outcomes.append(outcome)
        if not contested:
            return outcomes
        settled, pending = _compare_versions(connection, contested, timeout_seconds)
        outcomes.extend(settled)
    outcomes.extend(_failed(d, "the document kept changing under its guard") for d in pending)
    return outcomes


def _is_blind_deletion(document: Document) -> bool:
    return document.fields is None and document.update_time is None


def _encode_all(
    connection: FirestoreConnection, documents: Sequence[Document]
) -> tuple[list[_Encoded], list[Outcome]]:
    """Encode each on its own, so that one that cannot be encoded stops no other."""
    encoded: list[_Encoded] = []
    refused: list[Outcome] = []
    for document in documents:
        try:
            encoded.append((document, _encode(connection, document)))
        except (TypeError, ValueError) as error:
            refused.append(_failed(document, _describe(error), poisoned=True))
    return encoded, refused


def _batches(encoded: Sequence[_Encoded]) -> Iterator[list[_Encoded]]:
    batch: list[_Encoded] = []
    size = 0
    for document, write in encoded:
        bytes_ = write.ByteSize()
        if batch and (len(batch) == MAX_WRITES or size + bytes_ > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((document, write))
        size += bytes_
    if batch:
        yield batch


def _encode(connection: FirestoreConnection, document: Document) -> Any:
    write = Write()
    name = connection.document_name(document.path)
    if document.fields is None:
        write.delete = name
    else:
        write.update.name = name
        encode_fields({**document.fields, "version": document.version}, write.update.fields)
    if document.update_time is not None:
        write.current_document.update_time.FromDatetime(document.update_time.astimezone(UTC))
    elif document.fields is not None:
        write.current_document.exists = False
    return write


def _write_batch(
    connection: FirestoreConnection, batch: Sequence[_Encoded], timeout_seconds: float
) -> list[tuple[Document, Outcome | None]]:
    try:
        reply = connection.batch_write([write for _, write in batch], timeout_seconds=timeout_seconds)
    except InvalidArgument as error:
        if len(batch) == 1:
            return [(d, _failed(d, _describe(error), poisoned=True)) for d, _ in batch]
        # One malformed write refuses the whole call: halve it until the others are through.
        middle = len(batch) // 2
        return [
            written
            for half in (batch[:middle], batch[middle:])
            for written in _write_batch(connection, half, timeout_seconds)
        ]
    except (GoogleAPICallError, RetryError) as error:
        connection.valve.note(Trouble.OVERLOADED if isinstance(error, ResourceExhausted) else Trouble.AWAY)
        return [(d, _failed(d, _describe(error))) for d, _ in batch]
    asked_for_less = any(status.code == _RESOURCE_EXHAUSTED for status in reply.status)
    connection.valve.note(Trouble.OVERLOADED if asked_for_less else None)
    return [
        (document, _read_status(document, result, status))
        for (document, _), result, status in zip(batch, reply.write_results, reply.status, strict=True)
    ]


def _read_status(document: Document, result: Any, status: Any) -> Outcome | None:
    if status.code == _OK:
        at = result.update_time.ToDatetime(tzinfo=UTC) if document.fields is not None else None
        return Outcome(document.path, document.version, at)
    if status.code == _ALREADY_EXISTS and document.once:
        return Outcome(document.path, document.version, None)
    if status.code in _GUARD_HELD:
        return None
    return _failed(document, f"{status.code}: {status.message}", poisoned=status.code in _NEVER_TAKEN)


def _compare_versions(
    connection: FirestoreConnection, documents: Sequence[Document], timeout_seconds: float
) -> tuple[list[Outcome], list[Document]]:
    """Split documents whose guard held into those to yield (a newer version is there) and those to write again."""
    try:
        present = _read_versions(connection, [document.path for document in documents], timeout_seconds)
    except (GoogleAPICallError, RetryError) as error:
        return [_failed(d, _describe(error)) for d in documents], []
    outcomes, again = [], []
    for document in documents:
        there = present.get(document.path)
        if there is not None and there.version >= document.version:
            outcomes.append(Outcome(document.path, there.version, there.update_time))
        elif there is not None:
            again.append(replace(document, update_time=there.update_time))
        elif document.fields is None:
            outcomes.append(Outcome(document.path, document.version, None))
        else:
            outcomes.append(Outcome(document.path, document.version, None, "vanished", vanished=True))
    return outcomes, again


def _read_versions(
    connection: FirestoreConnection, paths: list[str], timeout_seconds: float
) -> Mapping[str, _Present]:
    prefix = len(connection.document_name(""))
    replies = connection.batch_get(paths, field="version", timeout_seconds=timeout_seconds)
    return {
        reply.found.name[prefix:]: _Present(
            version=version_in(reply.found.fields) or 0,
            update_time=reply.found.update_time.ToDatetime(tzinfo=UTC),
        )
        for reply in replies
        if reply.WhichOneof("result") == "found"
    }


def _failed(document: Document, error: str, *, poisoned: bool = False) -> Outcome:
    return Outcome(document.path, document.version, None, error, poisoned)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
