"""Reads Firestore documents from an emulator as a client library does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

_HOST = "FIRESTORE_EMULATOR_HOST"


def open_client(project: str, host: str) -> Any:
    """A google.cloud.firestore client of the emulator at `host`; the caller closes it."""
    before = os.environ.get(_HOST)
    os.environ[_HOST] = host  # read once, when the client is made: there is no other way to tell it
    try:
        return firestore.Client(project, credentials=AnonymousCredentials())
    finally:
        os.environ.pop(_HOST)
        os.environ.update({_HOST: before} if before is not None else {})


@contextmanager
def reading_documents(project: str, host: str) -> Iterator[Any]:
    """A client of the emulator at `host`, closed afterwards."""
    client = open_client(project, host)
    try:
        yield client
    finally:
        client.close()
