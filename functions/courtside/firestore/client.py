"""The Firestore connection of this process: the raw API, with our own deadlines and no hidden retries.

The high-level client was measured to block 58 s on `set(timeout=5)` under UNAVAILABLE, and its bulk writer to
swallow PERMISSION_DENIED; the relay has its own retries, so here a call either answers within its deadline or fails.
"""

import os
import threading
from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import firestore as requests
from google.cloud.firestore_v1.types import query as query_types
from google.cloud.firestore_v1.types import write as write_types

from courtside.config import Settings
from courtside.firestore.valve import Valve

_CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]
BatchWriteRequest = requests.BatchWriteRequest.pb()
BatchGetRequest = requests.BatchGetDocumentsRequest.pb()
CountRequest = requests.RunAggregationQueryRequest.pb()
RunQueryRequest = requests.RunQueryRequest.pb()
StructuredQuery = query_types.StructuredQuery.pb()
Write = write_types.Write.pb()


class FirestoreConnection:
    """Opened at first use, after the server has forked, like the database pool."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.valve = Valve()
        self._lock = threading.Lock()
        self._client: Any = None
        self._pid: int | None = None

    @property
    def database(self) -> str:
        """`projects/…/databases/(default)`"""
        return f"projects/{self._settings.project}/databases/(default)"

    def document_name(self, path: str) -> str:
        """The full resource name of a document path."""
        return f"{self.database}/documents/{path}"

    def batch_write(self, writes: list[Any], *, timeout_seconds: float) -> Any:
        """Write each on its own; per write a result and a status, in order.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: the call as a whole failed or timed out.
        """
        request = BatchWriteRequest(database=self.database, writes=writes)
        reply = self._api().batch_write(
            requests.BatchWriteRequest.wrap(request),
            retry=None,
            timeout=timeout_seconds,
            metadata=self._metadata(),
        )
        return requests.BatchWriteResponse.pb(reply)

    def batch_get(self, paths: list[str], *, field: str | None = None, timeout_seconds: float) -> list[Any]:
        """Each document, or one field of it, with its update time; missing ones say so."""
        request = BatchGetRequest(
            database=self.database, documents=[self.document_name(path) for path in paths]
        )
        if field is not None:
            request.mask.field_paths.append(field)
        replies = self._api().batch_get_documents(
            requests.BatchGetDocumentsRequest.wrap(request),
            retry=None,
            timeout=timeout_seconds,
            metadata=self._metadata(),
        )
        return [requests.BatchGetDocumentsResponse.pb(reply) for reply in replies]

    def run_query(self, query: Any, *, parent: str = "", timeout_seconds: float) -> list[Any]:
        """The documents that a structured query finds, below a document or, without one, below the root.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: the call failed or timed out.
        """
        root = self.document_name(parent).rstrip("/")
        request = RunQueryRequest(parent=root, structured_query=query)
        replies = self._api().run_query(
            requests.RunQueryRequest.wrap(request),
            retry=None,
            timeout=timeout_seconds,
            metadata=self._metadata(),
        )
        found = (requests.RunQueryResponse.pb(reply) for reply in replies)
        return [reply.document for reply in found if reply.HasField("document")]

    def count(self, query: Any, *, timeout_seconds: float) -> int:
        """How many documents a structured query finds; billed as one read for a thousand.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: the call failed or timed out.
        """
        request = CountRequest(parent=f"{self.database}/documents")
        request.structured_aggregation_query.structured_query.CopyFrom(query)
        request.structured_aggregation_query.aggregations.add(alias="n").count.SetInParent()
        replies = self._api().run_aggregation_query(
            requests.RunAggregationQueryRequest.wrap(request),
            retry=None,
            timeout=timeout_seconds,
            metadata=self._metadata(),
        )
        (found,) = (requests.RunAggregationQueryResponse.pb(reply).result for reply in replies)
        number: int = found.aggregate_fields["n"].integer_value
        return number

    def close(self) -> None:
        """Close the channel of this process; the next call opens anew."""
        with self._lock:
            if self._client is not None and self._pid == os.getpid():
                self._client.transport.close()
            self._client = None

    def _api(self) -> Any:
        if self._client is None or self._pid != os.getpid():
            with self._lock:
                if self._client is None or self._pid != os.getpid():
                    self._client = _open(self._settings.firestore_emulator)
                    self._pid = os.getpid()
        return self._client

    def _metadata(self) -> list[tuple[str, str]]:
        metadata = [("google-cloud-resource-prefix", self.database)]
        if self._settings.firestore_emulator:
            metadata.append(("authorization", "Bearer owner"))
        return metadata


def _open(emulator: str | None) -> Any:
    if emulator is None:
        return FirestoreClient()
    channel = grpc.insecure_channel(emulator, options=_CHANNEL_OPTIONS)
    return FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
