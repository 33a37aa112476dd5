"""An emulator for the session, and a client with a project of its own for each test."""

from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from tests.emulator.process import Emulator, named_target, started


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """The emulator under test: the one that TARGET names, or ours."""
    target = named_target()
    if target is not None:
        yield Emulator(target)
        return
    with started() as ours:
        yield ours


@pytest.fixture(scope="session")
def host(emulator: Emulator) -> Iterator[str]:
    """The address, where the client library looks for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", emulator.address)
        yield emulator.address


@pytest.fixture
def project() -> str:
    """A project that no other test uses."""
    return f"demo-{uuid4().hex[:12]}"


class Clients:
    """Makes clients and closes them."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._open = ExitStack()

    def __call__(self, database: str = "(default)", project: str | None = None) -> firestore.Client:
        client = firestore.Client(
            project=project or self._project, credentials=AnonymousCredentials(), database=database
        )
        self._open.callback(client.close)
        return client

    def close(self) -> None:
        """Close every client."""
        self._open.close()


@pytest.fixture
def clients(host: str, project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Further clients of the test's project."""
    # Other modules point clients at emulators of their own.
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
    made = Clients(project)
    yield made
    made.close()


@pytest.fixture
def client(clients: Clients) -> firestore.Client:
    """A client of the test's project and its default database."""
    return clients()
