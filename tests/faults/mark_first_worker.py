"""A relay worker that marks documents as written first and writes them afterwards."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from courtside import crash_points
from courtside.firestore.client import FirestoreConnection
from courtside.firestore.writer import Document, Outcome, write_documents
from courtside.relay import drain
from courtside.relay.worker import main

_promised: list[tuple[FirestoreConnection, Sequence[Document]]] = []
_reach = crash_points.reach


def _promise(
    connection: FirestoreConnection, documents: Sequence[Document], *, timeout_seconds: float
) -> list[Outcome]:
    _promised.append((connection, documents))
    return [Outcome(document.path, document.version, datetime.now(UTC)) for document in documents]


def _reach_then_write(point: str) -> None:
    _reach(point)
    while point == crash_points.SETTLED and _promised:
        connection, documents = _promised.pop()
        write_documents(connection, documents, timeout_seconds=10.0)


if __name__ == "__main__":
    drain.write_documents = _promise  # type: ignore[attr-defined]
    crash_points.reach = _reach_then_write
    sys.exit(main())
