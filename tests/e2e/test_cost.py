"""What a booking costs, counted by Postgres and the emulator as `make bench` prints it."""

import json
import subprocess
from typing import Any

import pytest

from tests.architecture.source import ROOT


@pytest.fixture(scope="module")
def printed() -> str:
    """The bench's output, run as the README says."""
    command = ["make", "--silent", "bench", "ARGS=cost"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=True).stdout


@pytest.fixture(scope="module")
def costs(printed: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return figures


def test_a_one_to_one_booking_stays_within_its_bounds(printed: str, costs: dict[str, Any]) -> None:
    cost = costs["book a one-to-one session"]

    assert 4 <= cost["statements"] <= 12
    assert cost["transactions"] == 1
    # The booking, its session, its day, the trainer's inbox and the feeds of trainer and admins.
    assert cost["writes"] == 6
    assert "within its bounds" in printed


def test_what_is_refused_or_repeated_writes_nothing(costs: dict[str, Any]) -> None:
    for title in ("book a slot that is taken (refused)", "send a booking again (same command id)"):
        assert costs[title]["writes"] == costs[title]["relay_statements"] == 0
