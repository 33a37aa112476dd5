"""The live view: what a frame shows of a state, what counts as a change, and listening to a real emulator."""

import io
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from rich.console import Console

from local.emulator import running_emulator
from local.environment import ROOT
from local.ports import free_port
from local.watch.__main__ import main
from local.watch.frame import frame, sparkline
from local.watch.options import Options, parse_options
from local.watch.rows import latency, seats
from local.watch.state import (
    HIGHLIGHT,
    How,
    Source,
    State,
    disconnect,
    percentile,
    receive,
    reconnect,
    slot_key,
)
from local.watch.watcher import Watcher

# In Bengaluru it is half past three in the afternoon.
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
TODAY = date(2026, 5, 4)
COURT, CLINIC = "service-court", "service-clinic"


def at(clock: str, day: int = 4) -> datetime:
    """A time of the trainer's wall clock."""
    return datetime.fromisoformat(f"2026-05-{day:02}T{clock}:00+05:30").astimezone(UTC)


def trainer(**fields: Any) -> dict[str, Any]:
    services = [
        {"service_id": COURT, "name": "Court hour", "duration_minutes": 60, "capacity": 1},
        {"service_id": CLINIC, "name": "Doubles clinic", "duration_minutes": 90, "capacity": 8},
    ]
    card = {
        "display_name": "Ananya Rao",
        "city": "Bengaluru",
        "headline": "Early",
        "time_zone": "Asia/Kolkata",
    }
    return {**card, "services": services, "committed_at": NOW, **fields}


def slot(
    clock: str, service_id: str = COURT, *, seats_left: int = 1, session_id: str | None = None
) -> dict[str, Any]:
    start = at(clock)
    ends_at = start + timedelta(minutes=60)
    taken = {"seats_left": seats_left, "session_id": session_id}
    return {"service_id": service_id, "starts_at": start, "ends_at": ends_at, **taken}


def day(*slots: dict[str, Any], committed_at: datetime = NOW) -> dict[str, dict[str, Any]]:
    return {TODAY.isoformat(): {"slots": list(slots), "committed_at": committed_at}}


def session(start: str = "16:00", end: str = "17:00", *people: str, **fields: Any) -> dict[str, Any]:
    described = {
        "service_name": "Court hour",
        "starts_at": at(start),
        "ends_at": at(end),
        "status": "confirmed",
    }
    attendees = [{"display_name": name} for name in people]
    seats_taken = {"attendees": attendees, "seats_taken": len(people), "capacity": 1, "committed_at": NOW}
    return {**described, **seats_taken, **fields}


def event(type_: str, *, committed_at: datetime = NOW, **payload: Any) -> dict[str, Any]:
    about = {"service_name": "Court hour", "starts_at": at("16:00"), "client_id": "asha-khan", **payload}
    return {"type": type_, "occurred_at": committed_at, "committed_at": committed_at, "payload": about}


def known(**sources: Any) -> State:
    """A state after the first snapshot of every listener."""
    state = State("ananya-rao", TODAY)
    documents = {"trainer": {"ananya-rao": trainer()}, "day": day(), "sessions": {}, "feed": {}, **sources}
    for name, found in documents.items():
        state = receive(state, Source(name), found, NOW)
    return state


def drawn(state: State, now: datetime = NOW, *, width: int = 80, height: int = 24) -> list[str]:
    output = io.StringIO()
    console = Console(file=output, width=width, height=height, highlight=False)
    console.print(frame(state, now, width, height))
    return output.getvalue().splitlines()


def line_with(lines: list[str], text: str) -> str:
    return next(line for line in lines if text in line)


def test_first_snapshots_are_no_changes() -> None:
    state = known(sessions={"s1": session()}, day=day(slot("18:00")))

    assert state.latencies == ()
    assert state.changes == {}
    assert not state.awaited


def test_a_changed_document_is_a_change_with_its_latency() -> None:
    state = known(sessions={"s1": session()})
    moved = session("18:00", "19:00", committed_at=NOW + timedelta(seconds=5))

    state = receive(state, Source.SESSIONS, {"s1": moved}, NOW + timedelta(seconds=5, milliseconds=18))

    assert state.latencies == (18.0,)
    assert state.changes["s1"].how is How.CHANGED


def test_what_stays_the_same_is_no_change() -> None:
    state = known(sessions={"s1": session()})

    state = receive(state, Source.SESSIONS, {"s1": session(), "s2": session()}, NOW)

    assert list(state.changes) == ["s2"]
    assert state.changes["s2"].how is How.NEW


def test_a_document_that_went_away_counts_no_latency() -> None:
    state = receive(known(sessions={"s1": session()}), Source.SESSIONS, {}, NOW)

    assert state.changes["s1"].how is How.GONE
    assert state.latencies == ()


def test_slots_of_a_day_open_close_and_lose_seats() -> None:
    before = (slot("07:00"), slot("18:00", CLINIC, seats_left=5, session_id="s1"))
    after = (slot("09:00"), slot("18:00", CLINIC, seats_left=4, session_id="s1"))

    state = receive(known(day=day(*before)), Source.DAY, day(*after), NOW)

    hows = {key: change.how for key, change in state.changes.items() if key != TODAY.isoformat()}
    assert hows == {
        slot_key(before[0]): How.GONE,
        slot_key(after[0]): How.NEW,
        slot_key(after[1]): How.CHANGED,
    }
    assert len(state.latencies) == 1


def test_what_comes_after_a_reconnection_is_no_change() -> None:
    state = reconnect(disconnect(known(sessions={"s1": session()})))

    state = receive(state, Source.SESSIONS, {"s2": session()}, NOW + timedelta(hours=1))

    assert state.latencies == ()
    assert list(state.sessions) == ["s2"]


def test_a_change_is_highlighted_for_a_while() -> None:
    state = receive(known(), Source.SESSIONS, {"s1": session()}, NOW)

    assert state.change_of("s1", NOW + HIGHLIGHT - timedelta(milliseconds=1))
    assert state.change_of("s1", NOW + HIGHLIGHT) is None


def test_latency_figures() -> None:
    values = tuple(float(n) for n in range(1, 101))

    assert percentile(values, 50) == 50.5
    assert percentile(values, 95) == 95
    assert percentile((7.0,), 95) == 7
    assert [latency(ms).plain for ms in (0.4, 17.6, 9_999, 61_000)] == ["0 ms", "18 ms", "9999 ms", "61 s"]


def test_a_sparkline_shows_the_last_values_that_fit() -> None:
    assert sparkline((9.0, 0.0, 4.0, 8.0), 3) == "▁▅█"
    assert sparkline((), 3) == ""


def test_seats_are_dots_while_they_can_be_counted() -> None:
    assert seats(2, 3).plain == "●●○ 2/3"
    assert seats(6, 16).plain.strip() == "6/16"


def test_the_header_tells_who_where_and_when() -> None:
    lines = drawn(known())

    assert "Ananya Rao" in lines[0]
    assert "Bengaluru" in lines[0]
    assert lines[0].rstrip().endswith("● live")
    assert "Monday 4 May 2026" in lines[1]
    assert "15:30:00 in Asia/Kolkata" in lines[1]


def test_a_lost_connection_is_said_and_the_last_picture_stays() -> None:
    lines = drawn(disconnect(known(sessions={"s1": session("16:00", "17:00", "Asha Khan")})))

    assert "no connection, trying again" in lines[0]
    assert any("Asha Khan" in line for line in lines)


def test_open_starts_stand_below_their_hours() -> None:
    lines = drawn(
        known(day=day(slot("08:00"), slot("10:00"), slot("08:00", CLINIC, seats_left=3, session_id="s1")))
    )

    hours = line_with(lines, "08  ")
    assert line_with(lines, "Court hour")[hours.index("08")] == "▪"
    assert line_with(lines, "Court hour")[hours.index("10")] == "▪"
    assert line_with(lines, "Doubles clinic")[hours.index("08")] == "3"
    assert "Day 3 open" in line_with(lines, "Day")


def test_booked_time_is_filled_and_a_cancelled_session_is_not() -> None:
    sessions = {"s1": session("08:00", "09:30", "A"), "s2": session("12:00", "13:00", status="cancelled")}

    lines = drawn(known(sessions=sessions, day=day(slot("07:00"), slot("15:00"))))

    hours = line_with(lines, "08  ")
    strip = line_with(lines, "booked")
    start = hours.index("08")
    filled = [index for index, cell in enumerate(strip) if cell == "█"]
    assert filled[0] == start
    assert len(filled) == 1.5 * (hours.index("10") - start) / 2


def test_a_slot_that_just_closed_is_crossed_out_for_a_while() -> None:
    state = receive(known(day=day(slot("08:00"), slot("10:00"))), Source.DAY, day(slot("10:00")), NOW)

    assert "×" in line_with(drawn(state), "Court hour")  # noqa: RUF001
    assert "×" not in line_with(drawn(state, NOW + HIGHLIGHT), "Court hour")  # noqa: RUF001


def test_sessions_show_people_seats_and_state_in_the_trainers_time() -> None:
    late = session("18:30", "20:00", "Asha Khan", "Tara Das", service_name="Doubles clinic", capacity=3)

    line = line_with(drawn(known(sessions={"s1": late})), "18:30-20:00")

    assert "●●○ 2/3" in line
    assert "Asha Khan, Tara Das" in line
    assert "confirmed" in line


def test_sessions_that_are_over_give_way_to_those_ahead() -> None:
    sessions = {
        f"s{hour}": session(f"{hour:02}:00", f"{hour + 1:02}:00", f"Guest {hour}") for hour in range(6, 22)
    }

    lines = drawn(known(sessions=sessions))

    assert not any("06:00-07:00" in line for line in lines)
    assert any("15:00-16:00" in line for line in lines)
    assert " of 16" in line_with(lines, "Sessions")


def test_the_feed_has_the_newest_first_in_words() -> None:
    feed = {
        "e1": event("session:booked", committed_at=NOW - timedelta(hours=1)),
        "e2": event("session:rescheduled", old_starts_at=at("10:00", day=6)),
    }

    lines = drawn(known(feed=feed))

    moved, booked = (
        next(n for n, line in enumerate(lines) if f" {word} " in line and "asha" in line)
        for word in ("moved", "booked")
    )
    assert moved < booked
    assert "6 May 10:00 → 16:00" in lines[moved]


def test_the_footer_sums_latencies_up() -> None:
    assert "waiting for a change" in drawn(known())[-1]
    state = receive(known(), Source.FEED, {"e1": event("session:booked")}, NOW + timedelta(milliseconds=12))

    footer = drawn(state)[-1]

    assert "last 12 ms  p50 12 ms  p95 12 ms  of 1 █" in footer


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 40), (200, 60), (60, 18)])
def test_a_frame_fills_the_terminal_and_never_more(width: int, height: int) -> None:
    sessions = {
        f"s{hour}": session(f"{hour:02}:00", f"{hour + 1:02}:00", "A" * 30, "B" * 30) for hour in range(22)
    }
    feed = {f"e{n}": event("session:booked", client_id="c" * 60) for n in range(30)}

    lines = drawn(known(sessions=sessions, feed=feed), width=width, height=height)

    assert len(lines) == height
    assert max(map(len, lines)) <= width
    assert "Ctrl-C ends" in lines[-1]


def test_a_wide_terminal_has_sessions_and_feed_side_by_side() -> None:
    lines = drawn(known(), width=140, height=40)

    assert "Feed" in line_with(lines, "Sessions")


def test_options_come_from_the_suite() -> None:
    options = parse_options(["--date", "2026-05-04"], {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"})

    assert options == Options("demo-courtside", "127.0.0.1:1", None, TODAY, once=False)


def test_a_date_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--date", "someday"], {})

    assert "someday is not a date" in capsys.readouterr().err


def client_of(project: str) -> firestore.Client:
    return firestore.Client(project=project, credentials=AnonymousCredentials())


def write_studio(client: firestore.Client) -> None:
    client.document("trainers/ananya-rao").set(trainer())
    client.document(f"trainers/ananya-rao/days/{TODAY}").set(day(slot("18:00"))[TODAY.isoformat()])
    stranger = session("16:00", "17:00", "Nobody", trainer_id="somebody-else")
    client.document("sessions/s0").set(stranger)
    client.document("sessions/s1").set(session("16:00", "17:00", "Asha Khan", trainer_id="ananya-rao"))
    client.document("feeds/trainer_ananya-rao/events/e1").set(event("session:booked"))


def is_complete(state: State) -> bool:
    return state.is_connected and not state.awaited


def turn_until(watcher: Watcher, is_so: Callable[[State], bool], seconds: float = 20) -> State:
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)
    while watcher.state is None or not is_so(watcher.state):
        assert datetime.now(UTC) < deadline, f"never came: {watcher.state}"
        watcher.turn(0.05)
    return watcher.state


def test_a_commit_reaches_the_screen_through_real_listeners(emulator_host: str) -> None:
    with closing(client_of("demo-watch-live")) as client:
        write_studio(client)
        with closing(Watcher(Options("demo-watch-live", emulator_host, None, TODAY, once=False))) as watcher:
            assert set(turn_until(watcher, is_complete).sessions) == {"s1"}

            committed = datetime.now(UTC)
            client.document("sessions/s1").update({"status": "cancelled", "committed_at": committed})
            state = turn_until(watcher, lambda state: state.sessions["s1"]["status"] == "cancelled")

    assert [0 < milliseconds < 5_000 for milliseconds in state.latencies] == [True]
    assert "cancelled" in line_with(drawn(state), "16:00-17:00")


def test_it_listens_again_after_the_emulator_was_restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    port, project = free_port(), "demo-watch-again"
    host = f"127.0.0.1:{port}"
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
    with closing(Watcher(Options(project, host, "ananya-rao", TODAY, once=False))) as watcher:
        with running_emulator(port), closing(client_of(project)) as client:
            write_studio(client)
            turn_until(watcher, is_complete)
        lost = turn_until(watcher, lambda state: not state.is_connected)
        # Each try of the library to open a broken stream again leaves a thread behind for a while.
        assert threading.active_count() < 100
        assert "s1" in lost.sessions
        with running_emulator(port), closing(client_of(project)) as client:
            write_studio(client)
            turn_until(watcher, is_complete)
            client.document("sessions/s2").set(session("19:00", "20:00", trainer_id="ananya-rao"))
            state = turn_until(watcher, lambda state: "s2" in state.sessions)

    assert state.changes["s2"].how is How.NEW


def test_one_frame_is_printed_and_that_is_all(
    emulator_host: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another emulator may have been started since, whose address stands there now.
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator_host)
    with closing(client_of("demo-courtside")) as client:
        write_studio(client)

        status = main(
            ["--once", "--firestore", emulator_host, "--trainer", "ananya-rao", "--date", str(TODAY)]
        )

    assert status == 0
    assert "Asha Khan" in capsys.readouterr().out


def test_without_an_emulator_it_says_how_to_start_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")

    assert main(["--once"]) == 1

    assert f"127.0.0.1:{port}. Start the suite with: make dev" in capsys.readouterr().out


def test_an_interrupt_ends_it_in_order(tmp_path: Path) -> None:
    """With a terminal's own size and no emulator: the live view waits, and leaves when it is told to."""
    log = tmp_path / "screen"
    command = [sys.executable, "-m", "local.watch", "--firestore", f"127.0.0.1:{free_port()}"]
    with log.open("wb") as output:
        environment = {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}",
            "FORCE_COLOR": "1",
            "TERM": "xterm-256color",
        }
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            while b"make dev" not in log.read_bytes():
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.05)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait()
    assert b"Traceback" not in log.read_bytes()
