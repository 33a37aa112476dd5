"""The same documents without the relay: encoded and sent, 500 to a BatchWrite, with nothing else to do."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import grpc

from benches.studio import PROJECT
from courtside.firestore.client import FirestoreConnection, Write
from courtside.firestore.values import Fields, decode, encode_fields
from courtside.firestore.writer import MAX_WRITES
from emulator.wire import MESSAGES, StructuredQuery

_COLLECTIONS = ("bookings", "sessions", "days", "inbox", "events")
_CALL_SECONDS = 60.0
_RUN_QUERY = "/google.firestore.v1.Firestore/RunQuery"

Named = tuple[str, Fields]


def fetch_documents(host: str) -> list[Named]:
    """Every document that bookings leave, as it is in Firestore."""
    with grpc.insecure_channel(host, options=[("grpc.enable_http_proxy", 0)]) as channel:
        return [named for collection in _COLLECTIONS for named in _fetch(channel, collection)]


def write_blindly(connection: FirestoreConnection, documents: Sequence[Named]) -> float:
    """Write all of them; the seconds that it took.

    Raises:
        RuntimeError: one was not taken.
    """
    started = time.monotonic()
    for first in range(0, len(documents), MAX_WRITES):
        writes = [_encode(name, fields) for name, fields in documents[first : first + MAX_WRITES]]
        reply = connection.batch_write(writes, timeout_seconds=_CALL_SECONDS)
        if any(status.code for status in reply.status):
            raise RuntimeError(f"refused: {reply.status}")
    return time.monotonic() - started


def _encode(name: str, fields: Fields) -> Any:
    write = Write()
    write.update.name = name
    encode_fields(fields, write.update.fields)
    return write


def _fetch(channel: Any, collection: str) -> Iterator[Named]:
    query = StructuredQuery()
    query.from_.add(collection_id=collection, all_descendants=True)
    request = MESSAGES["RunQueryRequest"](
        parent=f"projects/{PROJECT}/databases/(default)/documents", structured_query=query
    )
    call = channel.unary_stream(
        _RUN_QUERY,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=MESSAGES["RunQueryResponse"].FromString,
    )
    for reply in call(request, metadata=[("authorization", "Bearer owner")], timeout=_CALL_SECONDS):
        if reply.HasField("document"):
            document = reply.document
            yield document.name, {name: decode(value) for name, value in document.fields.items()}
