"""Which RPCs exist, and what serves each."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from emulator.core.databases import Databases
from emulator.core.rpc import queries, reads, writes
from emulator.wire import MESSAGES

SERVICE = "google.firestore.v1.Firestore"


@dataclass(frozen=True, slots=True)
class UnaryRpc:
    """An RPC with one response."""

    request: Any
    serve: Callable[[Databases, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class StreamingRpc:
    """An RPC whose responses are known when the first is sent."""

    request: Any
    serve: Callable[[Databases, Any], Awaitable[Iterator[Any]]]


RPCS: dict[str, UnaryRpc | StreamingRpc] = {
    "GetDocument": UnaryRpc(MESSAGES["GetDocumentRequest"], reads.get_document),
    "BatchGetDocuments": StreamingRpc(MESSAGES["BatchGetDocumentsRequest"], reads.batch_get_documents),
    "RunQuery": StreamingRpc(MESSAGES["RunQueryRequest"], queries.run_query),
    "Commit": UnaryRpc(MESSAGES["CommitRequest"], writes.commit),
    "BatchWrite": UnaryRpc(MESSAGES["BatchWriteRequest"], writes.batch_write),
}
