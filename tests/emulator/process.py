"""The emulator as a process of its own, and the address of whichever emulator is tested."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_READY = re.compile(r"ready on (\S+) ")


@dataclass(frozen=True)
class Emulator:
    """A running emulator; `process` is None for one that was named, not started."""

    address: str
    first_line: str = ""
    process: subprocess.Popen[str] | None = None


def named_target() -> str | None:
    """The emulator named by TARGET (`host:port`), instead of ours."""
    return os.environ.get("TARGET")


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[Emulator]:
    """Our emulator on a port that the system gives, ready, until the context ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "--port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        match = _READY.search(line)
        assert match, f"the emulator printed {line!r}"
        yield Emulator(match[1], line, process)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
