"""Reads Firestore documents from an emulator as a client library does."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

_HOST = "FIRESTORE_EMULATOR_HOST"
_REOPEN_PAUSE_SECONDS = 0.25


class PatientClient(firestore.Client):  # type: ignore[misc]
    """A client whose listeners pause before they open a broken stream again.

    The library opens it at once, over and over while the emulator is away, and leaves a thread of about a second
    behind each time: four listeners were measured to have 2,000 threads after some seconds.
    """

    def _emulator_channel(self, transport: Any) -> Any:
        return grpc.intercept_channel(super()._emulator_channel(transport), _Patience())


class _Patience(grpc.StreamStreamClientInterceptor):  # type: ignore[misc]
    def __init__(self) -> None:
        self._may_open_at = 0.0
        self._may_open = threading.Lock()

    def intercept_stream_stream(
        self, continuation: Callable[[Any, Any], Any], details: Any, requests: Any
    ) -> Any:
        with self._may_open:
            time.sleep(max(0.0, self._may_open_at - time.monotonic()))
        call = continuation(details, requests)
        call.add_done_callback(self._note_end)
        return call

    def _note_end(self, call: Any) -> None:
        self._may_open_at = time.monotonic() + _REOPEN_PAUSE_SECONDS


def open_client(project: str, host: str) -> Any:
    """A google.cloud.firestore client of the emulator at `host`; the caller closes it."""
    before = os.environ.get(_HOST)
    os.environ[_HOST] = host  # read once, when the client is made: there is no other way to tell it
    try:
        return PatientClient(project, credentials=AnonymousCredentials())
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
