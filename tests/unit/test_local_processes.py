"""Child processes of the local suite: readiness, last lines, and an end that leaves nobody behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from local.errors import PartFailed
from local.processes import ChildProcess, spawn


def python(log: Path, code: str, stop_signal: signal.Signals = signal.SIGTERM) -> ChildProcess:
    return spawn("Part", [sys.executable, "-c", code], log=log, stop_signal=stop_signal)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true within 10 s"
        time.sleep(0.01)


def test_last_lines_are_of_this_start_only(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_text("of an earlier start\n")

    process = python(log, "print('one'); print('two')")
    wait_for(process.has_ended)

    assert process.last_lines() == ["one", "two"]
    assert process.stop() == 0


def test_part_that_ends_before_it_is_ready_fails_with_its_last_lines(tmp_path: Path) -> None:
    process = python(tmp_path / "part.log", "raise SystemExit('no database')")

    with pytest.raises(PartFailed, match="ended before it was ready") as failure:
        process.wait_until(lambda: False, timeout=10)

    assert "    no database" in str(failure.value)
    process.stop()


def test_part_that_is_not_ready_in_time_fails(tmp_path: Path) -> None:
    process = python(tmp_path / "part.log", "import time; time.sleep(60)")
    try:
        with pytest.raises(PartFailed, match=r"not ready within 0\.05 s"):
            process.wait_until(lambda: False, timeout=0.05)
    finally:
        process.kill()


def test_stop_uses_the_signal_of_the_part(tmp_path: Path) -> None:
    code = (
        "import signal, time; print('up'); signal.signal(2, lambda *_: exit(7)); print('set'); time.sleep(60)"
    )
    process = python(tmp_path / "part.log", code, signal.SIGINT)
    process.wait_until(lambda: "set" in process.last_lines(), timeout=10)

    assert process.stop() == 7


def test_stop_asks_only_once(tmp_path: Path) -> None:
    code = (
        "import signal, time\n"
        "signal.signal(15, lambda *_: print('asked'))\n"
        "print('set')\n"
        "while True: time.sleep(0.01)\n"
    )
    process = python(tmp_path / "part.log", code)
    process.wait_until(lambda: "set" in process.last_lines(), timeout=10)

    process.ask_to_stop()
    process.wait_until(lambda: "asked" in process.last_lines(), timeout=10)
    status = process.stop(grace=0.2)

    assert status == -signal.SIGKILL
    assert process.last_lines() == ["set", "asked"]


def test_stop_ends_what_the_part_started_too(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid)\n"
    )
    process = python(tmp_path / "part.log", code)
    wait_for(process.has_ended)
    grandchild = psutil.Process(int(process.last_lines()[0]))
    assert grandchild.is_running()

    process.stop()

    assert grandchild.wait(timeout=10) is None or not grandchild.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is a feature of Linux")
def test_part_ends_with_its_starter_even_when_that_is_killed(tmp_path: Path) -> None:
    starter_code = (
        "import os, sys, time; from pathlib import Path; from local.processes import spawn\n"
        "log = Path(sys.argv[1])\n"
        "part = spawn('Part', [sys.executable, '-c', 'print(1); import time; time.sleep(60)'], log=log)\n"
        "part.wait_until(lambda: part.last_lines() == ['1'], timeout=10)\n"
        "print(part.pid)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", starter_code, str(tmp_path / "part.log")]
    starter = spawn(
        "Starter", command, log=tmp_path / "starter.log", env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    starter.wait_until(lambda: bool(starter.last_lines()), timeout=10)
    part = psutil.Process(int(starter.last_lines()[0]))

    os.kill(starter.pid, signal.SIGKILL)

    wait_for(lambda: not part.is_running() or part.status() == psutil.STATUS_ZOMBIE)
    starter.stop()
