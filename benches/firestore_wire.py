"""A thin Firestore client for loads, so that the server is measured and not a client library."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import grpc

from emulator.wire import MESSAGES, Document, ListenRequest, ListenResponse, StructuredQuery, Write

PROJECT = "demo-bench"
DATABASE = f"projects/{PROJECT}/databases/(default)"
DOCUMENTS = f"{DATABASE}/documents"
_SERVICE = "/google.firestore.v1.Firestore"
_OWNER = [("authorization", "Bearer owner")]
"""What servers send to an emulator."""
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_http_proxy", 0),
]


def connect(address: str) -> Any:
    """A channel of its own: channels with equal arguments would share one connection."""
    return grpc.insecure_channel(address, options=[*_OPTIONS, ("grpc.use_local_subchannel_pool", 1)])


def room(collection: str, number: int) -> Document:
    """A document with four fields, of which `city` has 5,000 values in 100,000 documents."""
    document = Document(name=f"{DOCUMENTS}/{collection}/room-{number:06}")
    document.fields["city"].string_value = f"city-{number // 20:05}"
    document.fields["number"].integer_value = number
    document.fields["price"].double_value = number / 7
    document.fields["title"].string_value = f"The room with the number {number} and a view"
    return document


def commit_request(documents: Sequence[Document]) -> bytes:
    """A commit that sets documents."""
    encoded: bytes = MESSAGES["CommitRequest"](
        database=DATABASE, writes=[Write(update=document) for document in documents]
    ).SerializeToString()
    return encoded


def city_query(collection: str, city: int) -> StructuredQuery:
    """The 20 rooms of a city."""
    query = StructuredQuery()
    query.from_.add(collection_id=collection)
    condition = query.where.field_filter
    condition.field.field_path = "city"
    condition.op = StructuredQuery.FieldFilter.Operator.EQUAL
    condition.value.string_value = f"city-{city:05}"
    return query


class Client:
    """Calls on one connection; responses of unary calls stay serialised."""

    def __init__(self, address: str) -> None:
        self._channel = connect(address)
        self._commit = self._channel.unary_unary(f"{_SERVICE}/Commit")
        self._run_query = self._channel.unary_stream(f"{_SERVICE}/RunQuery")
        self._listen = self._channel.stream_stream(
            f"{_SERVICE}/Listen",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=ListenResponse.FromString,
        )

    def commit(self, request: bytes, *, wait_for_ready: bool = False, timeout: float | None = None) -> None:
        """Commit and wait for it."""
        self._commit(request, metadata=_OWNER, wait_for_ready=wait_for_ready, timeout=timeout)

    def begin_commit(self, request: bytes) -> Any:
        """Commit; the future of the response."""
        return self._commit.future(request, metadata=_OWNER)

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def count_results(self, query: StructuredQuery) -> int:
        """Run a query; how many responses it has."""
        request = MESSAGES["RunQueryRequest"](parent=DOCUMENTS, structured_query=query)
        return sum(1 for _ in self._run_query(request.SerializeToString(), metadata=_OWNER))

    def listen(self, **target: Any) -> tuple[Any, threading.Event]:
        """The responses for one target, until the event is set."""
        over = threading.Event()

        def requests() -> Iterator[ListenRequest]:
            yield ListenRequest(database=DATABASE, add_target={"target_id": 1, **target})
            over.wait()

        return self._listen(requests(), metadata=_OWNER), over
