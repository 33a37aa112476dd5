"""Which RPCs exist, and what serves each."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from emulator.core.databases import Databases
from emulator.core.rpc import listings, queries, reads, writes
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


def _unary(name: str, serve: Callable[[Databases, Any], Awaitable[Any]]) -> UnaryRpc:
    return UnaryRpc(MESSAGES[f"{name}Request"], serve)


def _streaming(name: str, serve: Callable[[Databases, Any], Awaitable[Iterator[Any]]]) -> StreamingRpc:
    return StreamingRpc(MESSAGES[f"{name}Request"], serve)


RPCS: dict[str, UnaryRpc | StreamingRpc] = {
    "GetDocument": _unary("GetDocument", reads.get_document),
    "ListDocuments": _unary("ListDocuments", listings.list_documents),
    "CreateDocument": _unary("CreateDocument", writes.create_document),
    "UpdateDocument": _unary("UpdateDocument", writes.update_document),
    "DeleteDocument": _unary("DeleteDocument", writes.delete_document),
    "BatchGetDocuments": _streaming("BatchGetDocuments", reads.batch_get_documents),
    "BeginTransaction": _unary("BeginTransaction", writes.begin_transaction),
    "Commit": _unary("Commit", writes.commit),
    "Rollback": _unary("Rollback", writes.rollback),
    "RunQuery": _streaming("RunQuery", queries.run_query),
    "RunAggregationQuery": _streaming("RunAggregationQuery", queries.run_aggregation_query),
    "PartitionQuery": _unary("PartitionQuery", queries.partition_query),
    "ListCollectionIds": _unary("ListCollectionIds", listings.list_collection_ids),
    "BatchWrite": _unary("BatchWrite", writes.batch_write),
}
"""The RPCs with one request; Listen and Write are streams both ways and served by the transports."""
