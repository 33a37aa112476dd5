"""The screens of a fault run see every version, also across broken streams, and notice what goes back or stays away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.documents import reading_documents
from local.emulator import EmulatorServer, is_ready, running_emulator, spawn_emulator
from local.environment import DEFAULT_PROJECT
from tests.faults.emulator_faults import EmulatorFaults
from tests.faults.screens import Screens, running_screens, wait_until_listening
from tests.integration.relay.rest import wait_until

CARD = "trainers/tom"


@pytest.fixture
def emulator() -> Iterator[EmulatorServer]:
    """One that a test may kill."""
    with running_emulator() as server:
        yield server


@pytest.fixture
def firestore(emulator: EmulatorServer) -> Iterator[Any]:
    """The official client, which writes."""
    with reading_documents(DEFAULT_PROJECT, emulator.host) as client:
        yield client


@pytest.fixture
def screens(emulator: EmulatorServer, firestore: Any, tmp_path: Path) -> Iterator[Screens]:
    """Screens that show the first version of one card."""
    firestore.document(CARD).set({"version": 1})
    with running_screens(DEFAULT_PROJECT, emulator.host, tmp_path) as screens:
        wait_until_listening(screens)
        yield screens


def test_every_version_is_seen_and_one_that_goes_back_is_noticed(firestore: Any, screens: Screens) -> None:
    for version in (2, 4, 3):
        firestore.document(CARD).set({"version": version})
    firestore.document(CARD).delete()

    wait_until(lambda: screens.shown()[CARD] == [1, 2, 4, 3, None], "all versions")
    assert screens.regressions() == [f"{CARD} went back from version 4 to 3"]


def test_what_differs_from_the_stored_is_named(screens: Screens) -> None:
    assert screens.differences({CARD: 1}) == []
    assert screens.differences({CARD: 2}) == [f"{CARD}: screens show version 1, stored is 2"]
    assert screens.differences({CARD: 1, "days/x": 1}) == [
        "days/x: screens show version None, stored is 1",
    ]


def test_a_broken_stream_goes_on_from_where_it_broke(
    emulator: EmulatorServer, firestore: Any, screens: Screens
) -> None:
    firestore.document("trainers/ann").set({"version": 1})
    faults = EmulatorFaults(emulator.host, seed=1)
    with faults.ordered({"rpc": "Listen", "drop_after_ms": 50}):
        screens.disconnect()
        for version in range(2, 30):
            firestore.document(CARD).set({"version": version})
            wait_until(lambda version=version: screens.shown()[CARD][-1] == version, "the version")  # type: ignore[misc]

    assert faults.struck > 0
    assert screens.shown() == {CARD: list(range(1, 30)), "trainers/ann": [1]}


def test_what_vanished_while_nobody_listened_is_noticed(
    emulator: EmulatorServer, screens: Screens, tmp_path: Path
) -> None:
    """The emulator comes back empty: the screens have to find out that the card is gone."""
    emulator.process.kill()
    port = int(emulator.host.rpartition(":")[2])
    successor = spawn_emulator(port, DEFAULT_PROJECT, tmp_path / "successor.log")
    try:
        wait_until(lambda: is_ready(successor), "the successor")
        wait_until(lambda: screens.shown()[CARD] == [1, None], "the card to vanish")
    finally:
        successor.process.stop()
