"""Documents as they stand in Firestore: read by their paths, or listed by their collections."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, InvalidArgument, RetryError
from google.cloud.firestore_v1.types import document as document_types

from courtside.errors import Unavailable
from courtside.firestore.client import FirestoreConnection, StructuredQuery
from courtside.firestore.values import Fields, decode, decode_fields, encode_fields

_Document = document_types.Document.pb()
# Reading changes nothing, so it may be tried again; pauses of about 5 s in all.
_PAUSES_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.2)
# Room for all changes that there will ever be; beyond it, Postgres could not go beyond it.
_VERSIONS_END = 2**62
_ASCENDING = StructuredQuery.Direction.ASCENDING


@dataclass(frozen=True)
class Stored:
    """One document; `update_time` and `created_at` are the server's own, which no writer chooses."""

    path: str
    message: Any

    @property
    def update_time(self) -> datetime:
        at: datetime = self.message.update_time.ToDatetime(tzinfo=UTC)
        return at

    @property
    def created_at(self) -> datetime:
        at: datetime = self.message.create_time.ToDatetime(tzinfo=UTC)
        return at

    @property
    def version(self) -> int | None:
        """The version that it says it has; None if it says none, or none that we would ever give."""
        return version_in(self.message.fields)

    def holds(self, fields: Fields, version: int, committed_at: datetime) -> bool:
        """Whether it has exactly these fields, this version, and this time of commit.

        The messages are compared as such: that costs no more than hashing one side of them would.
        """
        expected = _Document(name=self.message.name)
        expected.create_time.CopyFrom(self.message.create_time)
        expected.update_time.CopyFrom(self.message.update_time)
        encode_fields(fields, expected.fields)
        encode_fields({"version": version, "committed_at": committed_at}, expected.fields)
        same: bool = expected == self.message
        return same

    def differing(self, fields: Fields, version: int, committed_at: datetime) -> list[str]:
        """Names of the fields that it has otherwise, or not, or beyond these."""
        expected, actual = _Document(), decode_fields(self.message.fields)
        encode_fields({**fields, "version": version, "committed_at": committed_at}, expected.fields)
        wanted = decode_fields(expected.fields)
        names = wanted.keys() | actual.keys()
        absent = object()
        return sorted(name for name in names if wanted.get(name, absent) != actual.get(name, absent))


def version_in(fields: Any) -> int | None:
    """The version among a document's fields, as protobuf; None where a stranger has written what is no version."""
    # Looking up what is not in a map of messages would put it there.
    version = decode(fields["version"]) if "version" in fields else None
    return version if type(version) is int and 0 <= version < _VERSIONS_END else None


def read_stored(
    connection: FirestoreConnection, paths: Sequence[str], *, timeout_seconds: float
) -> dict[str, Stored]:
    """Path → document, of those that exist.

    Raises:
        Unavailable: Firestore did not answer, however often it was asked.
    """
    prefix = len(connection.document_name(""))
    if not paths:
        return {}
    replies = _patiently(lambda: connection.batch_get(list(paths), timeout_seconds=timeout_seconds))
    found = (reply.found for reply in replies if reply.WhichOneof("result") == "found")
    return {message.name[prefix:]: Stored(message.name[prefix:], message) for message in found}


def list_names(
    connection: FirestoreConnection, collection: str, *, after: str, limit: int, timeout_seconds: float
) -> list[Stored]:
    """A page of the documents in all collections of this name, without their fields, in the order of their paths.

    `after` is the path of the last one of the page before, or empty.

    Raises:
        Unavailable: Firestore did not answer, however often it was asked.
    """
    query = _all_in(collection)
    query.select.fields.add(field_path="__name__")
    query.order_by.add(direction=_ASCENDING).field.field_path = "__name__"
    query.limit.value = limit
    if after:
        query.start_at.values.add(reference_value=connection.document_name(after))
    prefix = len(connection.document_name(""))
    messages = _patiently(lambda: connection.run_query(query, timeout_seconds=timeout_seconds))
    return [Stored(message.name[prefix:], message) for message in messages]


def count_stored(connection: FirestoreConnection, collection: str, *, timeout_seconds: float) -> int | None:
    """How many documents there are in all collections of this name; None if that cannot be counted in time."""
    try:
        return connection.count(_all_in(collection), timeout_seconds=timeout_seconds)
    except (GoogleAPICallError, RetryError):
        return None


def _all_in(collection: str) -> Any:
    query = StructuredQuery()
    query.from_.add(collection_id=collection, all_descendants=True)
    return query


def _patiently(call: Callable[[], list[Any]]) -> list[Any]:
    for pause in _PAUSES_SECONDS:
        try:
            return call()
        except InvalidArgument:
            raise
        except (GoogleAPICallError, RetryError):
            time.sleep(pause * random.uniform(0.5, 1.0))
    try:
        return call()
    except (GoogleAPICallError, RetryError) as error:
        raise Unavailable from error
