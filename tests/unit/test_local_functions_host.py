"""The functions host with real servers: calls, reload without a refused call, code that does not start."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import httpx
import psutil
import pytest

from local.code_watch import CodeWatch
from local.console import SuiteConsole
from local.errors import PartFailed, PortTaken
from local.functions_host.host import Change, FunctionsHost, running_functions
from local.functions_host.scheduler import Job, Scheduler, jobs_of, read_index
from local.functions_host.schedules import parse_schedule
from local.ports import LOOPBACK
from local.reloading import Reloading

MAIN = """
import os
from firebase_functions.https_fn import on_call, on_request
from firebase_functions.scheduler_fn import on_schedule

@on_call()
def version(request):
    return {"version": 1, "data": request.data}

@on_request()
def settings(request):
    return {name: os.environ.get(name) for name in ("GCLOUD_PROJECT", "FUNCTIONS_EMULATOR")}

@on_schedule(schedule="every 1 minutes")
def tick(event):
    with open(os.environ["TICKS"], "a") as ticks:
        print(event.job_name, f"{event.schedule_time:%H:%M}", file=ticks)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    directory = tmp_path / "functions"
    directory.mkdir()
    # As in life, before the watch: a file in a directory made just now can escape inotify.
    (directory / "migrations").mkdir()
    (directory / "main.py").write_text(MAIN)
    return directory


@pytest.fixture
def host(source: Path, tmp_path: Path) -> Iterator[FunctionsHost]:
    environment = {"GCLOUD_PROJECT": "demo-courtside", "TICKS": str(tmp_path / "ticks")}
    with running_functions(environment, source=source, log=tmp_path / "functions.log", threads=2) as host:
        yield host


def version(host: FunctionsHost) -> int:
    answer = httpx.post(f"{host.url}/version", json={"data": {"a": 1}}, trust_env=False)
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert result["data"] == {"a": 1}
    return int(result["version"])


def servers() -> set[psutil.Process]:
    return {child for child in psutil.Process().children() if _is_server(child)}


def _is_server(process: psutil.Process) -> bool:
    try:
        return "local.functions_host.server" in process.cmdline()
    # It has ended meanwhile.
    except psutil.Error:
        return False


def edit(source: Path, old: str, new: str) -> None:
    main = source / "main.py"
    main.write_text(main.read_text().replace(old, new))


def test_functions_answer_on_the_urls_of_the_official_emulator(host: FunctionsHost) -> None:
    assert host.url == f"http://127.0.0.1:{host.port}/demo-courtside/us-central1"
    assert version(host) == 1
    assert httpx.get(f"{host.url}/settings").json()["GCLOUD_PROJECT"] == "demo-courtside"


def test_new_code_takes_over_without_a_refused_call(host: FunctionsHost, source: Path) -> None:
    before = servers()
    edit(source, '"version": 1', '"version": 20')
    host.reload()

    seen = [version(host)]
    while (change := host.poll()) is None:
        seen.append(version(host))

    assert change is Change.READY
    assert set(seen) <= {1, 20}
    wait_for(lambda: host.poll() is None and len(servers()) == len(before))
    assert servers() != before
    assert version(host) == 20


def test_code_that_does_not_start_leaves_the_predecessor_serving(host: FunctionsHost, source: Path) -> None:
    edit(source, "import os", "import os, no_such_module")
    host.reload()
    while (change := host.poll()) is None:
        assert version(host) == 1

    assert change is Change.REFUSED
    assert "ModuleNotFoundError: No module named 'no_such_module'" in host.refusal
    assert version(host) == 1
    assert not host.has_ended()


def test_code_that_does_not_start_at_first_fails_with_its_traceback(source: Path) -> None:
    edit(source, "import os", "import os, no_such_module")

    with (
        pytest.raises(PartFailed, match="No module named 'no_such_module'"),
        running_functions({}, source=source),
    ):
        pass


def test_taken_port_is_refused(source: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]

        with (
            pytest.raises(PortTaken, match="--port-functions"),
            running_functions({}, port=port, source=source),
        ):
            pass


@pytest.fixture
def watch(source: Path) -> Iterator[CodeWatch]:
    watch = CodeWatch(source)
    wait_until_watching(watch, source)
    yield watch
    watch.close()


def test_saved_file_is_served_and_the_relay_follows(
    host: FunctionsHost, source: Path, watch: CodeWatch
) -> None:
    said = StringIO()
    followed: list[str] = []
    reloading = Reloading(
        watch,
        host,
        SuiteConsole(said),
        migrate=lambda: followed.append("migrations"),
        after_reload=lambda: followed.append("relay"),
    )

    (source / "migrations" / "0001_first.sql").write_text("SELECT 1;")
    edit(source, '"version": 1', '"version": 20')
    wait_for(lambda: is_taken_up(reloading, followed) and version(host) == 20)

    assert followed.index("migrations") < len(followed) - 1
    assert "· Changed: " in said.getvalue()
    assert "main.py" in said.getvalue()
    assert "run the new code" in said.getvalue()


def test_saved_mistake_is_shown_while_the_code_before_it_serves(
    host: FunctionsHost, source: Path, watch: CodeWatch
) -> None:
    said = StringIO()
    reloading = Reloading(watch, host, SuiteConsole(said), migrate=pytest.fail, after_reload=lambda: None)

    def is_refused() -> bool:
        reloading.turn()
        return "✗" in said.getvalue()

    edit(source, "import os", "import os, no_such_module")
    wait_for(is_refused)

    assert (
        "✗ The new code does not start; the code before it keeps serving. Its last lines:" in said.getvalue()
    )
    assert "No module named 'no_such_module'" in said.getvalue()
    assert version(host) == 1


def test_scheduled_function_is_called_once_a_minute_with_the_time_it_was_due(
    host: FunctionsHost, tmp_path: Path
) -> None:
    ticks = tmp_path / "ticks"
    scheduler = Scheduler(host.url, pytest.fail)
    jobs = jobs_of(read_index(host.url))
    first = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    second = first + timedelta(minutes=1)

    for seconds in (0, 1, 59):
        scheduler.tick(jobs, first + timedelta(seconds=seconds))
    wait_for(lambda: not scheduler.running())
    scheduler.tick(jobs, second)
    wait_for(lambda: not scheduler.running())
    scheduler.close()

    assert ticks.read_text() == f"tick {first:%H:%M}\ntick {second:%H:%M}\n"


def test_scheduled_function_that_fails_is_reported(host: FunctionsHost) -> None:
    problems: list[str] = []
    scheduler = Scheduler(host.url, problems.append)

    scheduler.call([Job("no_such_job", parse_schedule("* * * * *"))], datetime.now(UTC))
    wait_for(lambda: bool(problems))
    scheduler.close()

    assert problems[0].startswith("no_such_job: 404 ")


def is_taken_up(reloading: Reloading, followed: list[str]) -> bool:
    reloading.turn()
    return "migrations" in followed and followed[-1] == "relay"


def wait_until_watching(watch: CodeWatch, source: Path) -> None:
    """Touch a file until the watch, which starts in a thread of its own, sees it."""

    def touch_is_seen() -> bool:
        (source / "touched.py").write_text(f"# {time.monotonic()}")
        return bool(watch.take_changes())

    wait_for(touch_is_seen)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true within 20 s"
        time.sleep(0.02)
