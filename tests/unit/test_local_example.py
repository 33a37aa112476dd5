"""The booking to copy: it is what the functions accept, and a shell takes it as it is."""

import json
import shlex
import subprocess
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from local.auth import Account
from local.example import OpenSlot, booking_commands, slots_of

CLIENT = Account("cleo", "cleo@example.com", "courtside")
STARTS_AT = datetime(2026, 7, 15, 9, 30, tzinfo=ZoneInfo("Asia/Kolkata"))
URL = "http://127.0.0.1:5001/demo-courtside/us-central1"


def commands() -> str:
    return booking_commands("127.0.0.1:9099", URL, CLIENT, OpenSlot("a-service", STARTS_AT))


def bodies(text: str) -> list[dict[str, object]]:
    words = shlex.split(text.replace("$(", " ").replace("\\\n", " "))
    return [json.loads(body) for option, body in pairwise(words) if option == "-d"]


def test_example_signs_in_and_books_in_utc() -> None:
    sign_in, booking = bodies(commands())

    assert sign_in == {"email": "cleo@example.com", "password": "courtside", "returnSecureToken": True}
    data = booking["data"]
    assert isinstance(data, dict)
    assert data["command"] == "book_session"
    assert data["service_id"] == "a-service"
    assert data["starts_at"] == "2026-07-15T04:00:00+00:00"


def test_example_gets_another_command_id_each_time_it_is_shown() -> None:
    shown = {str(bodies(commands())[1]["data"]) for _ in range(2)}

    assert len(shown) == 2


def test_example_is_valid_for_a_shell() -> None:
    subprocess.run(["bash", "-n", "-c", commands()], check=True)


def test_sessions_that_are_shared_are_no_example() -> None:
    day = {
        "slots": [
            {"service_id": "class", "session_id": "s1", "starts_at": STARTS_AT},
            {"service_id": "single", "session_id": None, "starts_at": datetime(2026, 7, 15, 5, tzinfo=UTC)},
        ]
    }

    assert [slot.service_id for slot in slots_of(day)] == ["single"]
