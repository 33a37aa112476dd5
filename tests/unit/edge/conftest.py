"""Fixtures of the edge's unit tests: captured logs, and an environment in which unsigned tokens pass."""

from collections.abc import Iterator

import pytest

from tests.log_capture import LogLines, captured_logs


@pytest.fixture
def logs() -> Iterator[LogLines]:
    """What the process logs during the test."""
    with captured_logs() as lines:
        yield lines


@pytest.fixture
def auth_emulator(monkeypatch: pytest.MonkeyPatch) -> str:
    """The setting under which firebase-admin accepts unsigned tokens; nothing is ever called there."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    return "127.0.0.1:1"
