"""Listeners in processes of their own, and what they saw."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

# One process reads so many streams without falling behind at 50 events a second.
_PER_PROCESS = 50

Version = tuple[str, int]


@dataclass
class Streams:
    """Listeners; `seen` has, after the block, each one's first times in nanoseconds by path and version."""

    seen: list[dict[Version, int]] = field(default_factory=list)

    def milliseconds_since(self, committed: Mapping[Version, int]) -> list[float]:
        """From each commit to each listener; a version that was overtaken before it was shown has none."""
        return [
            (at - committed[version]) / 1e6
            for listener in self.seen
            for version, at in listener.items()
            if version in committed
        ]


@contextmanager
def streaming(host: str, project: str, target: str, listeners: int) -> Iterator[Streams]:
    """Bare Listen streams of a document, or of a collection, while the block runs."""
    program = [sys.executable, "-m", "benches.stream_process", host, project, target]
    with listening(program, listeners) as streams:
        yield streams


@contextmanager
def watching(host: str, project: str, target: str, listeners: int) -> Iterator[Streams]:
    """Listeners by google-cloud-firestore's on_snapshot while the block runs."""
    program = [sys.executable, "-m", "benches.listener_process", host, project, target]
    with listening(program, listeners) as streams:
        yield streams


@contextmanager
def listening(program: Sequence[str], listeners: int) -> Iterator[Streams]:
    """Listeners of any kind while the block runs, all of them current when it begins.

    `program` takes one more argument, how many listeners to be, prints `ready` when they are, and what they saw when
    its input has ended and nothing more comes: for each listener a list of [path, version, nanoseconds].
    """
    streams = Streams()
    with ExitStack() as stack:
        children = [
            stack.enter_context(_child([*program, str(min(_PER_PROCESS, listeners - started))]))
            for started in range(0, listeners, _PER_PROCESS)
        ]
        yield streams
        for child in children:
            assert child.stdin is not None
            child.stdin.close()
        for child in children:
            assert child.stdout is not None
            streams.seen += [
                {(path, version): at for path, version, at in reversed(listener)}
                for listener in json.loads(child.stdout.readline())
            ]


@contextmanager
def _child(command: Sequence[str]) -> Iterator["subprocess.Popen[str]"]:
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        if child.stdout.readline().strip() != "ready":
            raise RuntimeError(f"the listeners did not start: {' '.join(command)}")
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
