"""What the local suite shows: the board can be copied from, problems carry their details."""

import io
from pathlib import Path

import pytest

from local.auth import Account
from local.console import SuiteConsole
from local.demo_accounts import DemoAccount, choose
from local.errors import PartFailed, PortTaken
from local.log_mirror import LogMirror


def account(uid: str) -> Account:
    return Account(uid, f"{uid}@example.com", "courtside")


def test_board_cuts_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    output = io.StringIO()
    address = "http://127.0.0.1:5001/demo-courtside/us-central1/with/a/long/tail"

    SuiteConsole(output).board([("Functions", "1.3 s", address)], [])

    assert address in output.getvalue()


def test_board_names_accounts_with_their_passwords() -> None:
    output = io.StringIO()

    SuiteConsole(output).board([], [DemoAccount("admin", account("ada"))])

    line = next(line for line in output.getvalue().splitlines() if "ada@example.com" in line)
    assert line.split() == ["admin", "ada@example.com", "courtside", "ada"]


def test_accounts_shown_are_few_and_of_every_role() -> None:
    roles = {"c3": "client", "c1": "client", "c2": "client", "t1": "trainer", "a2": "admin", "a1": "admin"}

    chosen = choose([account(uid) for uid in [*roles, "stranger"]], roles)

    assert [(demo.role, demo.account.uid) for demo in chosen] == [
        ("admin", "a1"),
        ("trainer", "t1"),
        ("client", "c1"),
        ("client", "c2"),
    ]


def test_problem_is_shown_whole_with_its_last_lines() -> None:
    output = io.StringIO()

    SuiteConsole(output).problem(
        PartFailed("Relay worker", "ended", ["Traceback", "[bold]no database[/bold]"])
    )

    assert output.getvalue() == (
        "✗ Relay worker ended. Its last lines:\n    Traceback\n    [bold]no database[/bold]\n"
    )


def test_taken_port_is_shown_on_one_line() -> None:
    output = io.StringIO()

    SuiteConsole(output).problem(PortTaken("Postgres", 54329, "postgres (pid 12)", "--port-postgres"))

    assert output.getvalue() == (
        "✗ Postgres needs port 54329, which is in use by postgres (pid 12);"
        " stop it, or choose another port with --port-postgres.\n"
    )


def test_log_mirror_shows_each_whole_line_once(tmp_path: Path) -> None:
    shown: list[tuple[str, str]] = []
    log = tmp_path / "relay.log"
    mirror = LogMirror({"relay": log}, lambda name, line: shown.append((name, line)))
    mirror.pump()  # nothing there yet

    with log.open("w") as file:
        for text in ("one\ntw", "o\n", ""):
            file.write(text)
            file.flush()
            mirror.pump()

    assert shown == [("relay", "one"), ("relay", "two")]
