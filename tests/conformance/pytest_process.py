"""A pytest process on one module of the suite, and the stream of events that its recorder sends."""

import json
import os
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.suite_files import SuiteFiles
from tests.conformance.target import Target, environment_without_proxies

ROOT = Path(__file__).parents[2]
# The suite and pytest read these; what is run must not depend on who runs it.
FOREIGN_VARIABLES = frozenset(
    {"SYSTEM_TESTS_DATABASE", "ENTERPRISE_DATABASE", "GOOGLE_APPLICATION_CREDENTIALS", "PYTEST_ADDOPTS"}
)
POLL_SECONDS = 0.5
BETWEEN_TESTS_SECONDS = 60


@dataclass(frozen=True)
class RunOptions:
    """What to run: a `-k` expression, the tests beyond the applicable, seconds per test, or only collect."""

    expression: str = ""
    beyond: bool = False
    test_seconds: int = 30
    collect_only: bool = False


class TestOverran(Exception):
    """A test took longer than it may, so that the process is of no more use."""

    __test__ = False


class TargetGone(Exception):
    """The emulator ended while the suite was running."""


class PytestProcess:
    """Runs the tests of a module except those `finished` earlier, and ends with its `with` block."""

    def __init__(
        self,
        module: Path,
        files: SuiteFiles,
        target: Target,
        options: RunOptions,
        finished: Iterable[str],
        log: Path,
    ) -> None:
        self._target = target
        self._test_seconds = options.test_seconds
        self._events_fd, child_fd = os.pipe()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_command(files, options, child_fd, finished), str(module)],
                cwd=files.tests,
                env=_environment(files, target),
                pass_fds=[child_fd],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        # The child's copy is now the only one, so the stream ends when the child does.
        os.close(child_fd)

    def __enter__(self) -> "PytestProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._events_fd)

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield events until the process ends; TestOverran or TargetGone when waiting has no point."""
        buffer = b""
        limit: float = BETWEEN_TESTS_SECONDS
        heard_at = time.monotonic()
        while True:
            readable, _, _ = select.select([self._events_fd], [], [], POLL_SECONDS)
            if readable:
                chunk = os.read(self._events_fd, 65536)
                if not chunk:
                    return
                heard_at = time.monotonic()
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    event = json.loads(line)
                    limit = self._test_seconds if event["event"] == "started" else BETWEEN_TESTS_SECONDS
                    yield event
                continue
            failure = self._target.failure()
            if failure is not None:
                raise TargetGone(failure)
            if time.monotonic() - heard_at > limit:
                raise TestOverran(f"no end after {limit:.0f} s; the log has the stacks")

    def wait(self) -> int:
        return self._process.wait()


def _command(files: SuiteFiles, options: RunOptions, events_fd: int, finished: Iterable[str]) -> list[str]:
    command = [sys.executable, "-P", "-m", "pytest", "-c", str(Path(__file__).with_name("suite.ini"))]
    command += ["--rootdir", str(files.tests), "-o", f"faulthandler_timeout={0.9 * options.test_seconds}"]
    command += ["-p", "tests.conformance.recorder", "--events-fd", str(events_fd)]
    command += [f"--finished={name}" for name in finished]
    command += ["-k", options.expression] if options.expression else []
    command += ["--beyond"] if options.beyond else []
    command += ["--collect-only", "-q"] if options.collect_only else []
    return command


def _environment(files: SuiteFiles, target: Target) -> dict[str, str]:
    """Given FIRESTORE_EMULATOR_HOST the suite brings its own anonymous credentials; the project is new."""
    inherited = environment_without_proxies()
    return {name: value for name, value in inherited.items() if name not in FOREIGN_VARIABLES} | {
        "FIRESTORE_EMULATOR_HOST": target.address,
        "GCLOUD_PROJECT": f"demo-conformance-{secrets.token_hex(4)}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(files.packages)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
