"""Bare Listen streams in processes of their own, and what they saw."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

# One process reads so many streams without falling behind at 50 events a second.
_PER_PROCESS = 50
_COLLECT_SECONDS = 120

Version = tuple[str, int]


@dataclass
class Streams:
    """Listeners of one target; `seen` has, after the block, each one's times in nanoseconds by path and version."""

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
    """Listeners of a document, or of a collection, while the block runs; all of them are current when it begins."""
    streams = Streams()
    with ExitStack() as stack:
        children = [
            stack.enter_context(_child(host, project, target, min(_PER_PROCESS, listeners - started)))
            for started in range(0, listeners, _PER_PROCESS)
        ]
        yield streams
        for child in children:
            output, _ = child.communicate(timeout=_COLLECT_SECONDS)
            streams.seen += [
                {(path, version): at for path, version, at in listener} for listener in json.loads(output)
            ]


@contextmanager
def _child(host: str, project: str, target: str, listeners: int) -> Iterator["subprocess.Popen[str]"]:
    child = subprocess.Popen(
        [sys.executable, "-m", "benches.stream_process", host, project, target, str(listeners)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        if child.stdout.readline().strip() != "ready":
            raise RuntimeError("the listeners did not start")
        yield child
    finally:
        child.kill()
        child.wait()
