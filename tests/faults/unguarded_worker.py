"""A relay worker with the version guard taken out: what the proofs of this folder must be able to tell apart."""

import sys
from typing import Any

from courtside.firestore import writer
from courtside.firestore.client import FirestoreConnection
from courtside.firestore.writer import Document
from courtside.relay.worker import main

_encode_guarded = writer._encode


def _encode_unguarded(connection: FirestoreConnection, document: Document) -> Any:
    write = _encode_guarded(connection, document)
    write.ClearField("current_document")
    return write


if __name__ == "__main__":
    writer._encode = _encode_unguarded
    sys.exit(main())
