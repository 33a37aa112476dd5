"""The emulator under test: what TARGET or FIRESTORE_EMULATOR_HOST names, or ours, started for the run."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc

from tests.conformance.results import CannotRun

START_SECONDS = 20.0
STOP_SECONDS = 5.0
STDERR_LINES = 30


@dataclass(frozen=True)
class Target:
    """An address that speaks Firestore's gRPC, and the process behind it when it is ours."""

    address: str
    process: subprocess.Popen[bytes] | None = None
    log: Path | None = None

    def failure(self) -> str | None:
        """Why the emulator that we started is gone, or None while it lives."""
        if self.process is None or self.process.poll() is None:
            return None
        return f"the emulator ended with status {self.process.returncode}\n{self.stderr_tail()}"

    def stderr_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log else []
        return "\n".join(lines[-STDERR_LINES:]) or "(its stderr is empty)"


def named_address(environment: Mapping[str, str]) -> str | None:
    """The `host:port` named by the environment, TARGET first; CannotRun when it is not of that form."""
    named = environment.get("TARGET") or environment.get("FIRESTORE_EMULATOR_HOST")
    if not named:
        return None
    host, _, port = named.rpartition(":")
    if not host or not port.isdecimal():
        raise CannotRun(f"TARGET or FIRESTORE_EMULATOR_HOST is {named!r}, not host:port of an emulator")
    return named


@contextlib.contextmanager
def open_target(root: Path, cache: Path) -> Iterator[Target]:
    """Yield the emulator to test, answering gRPC; one that was started here is stopped afterwards."""
    address = named_address(os.environ)
    if address is not None:
        target = Target(address)
        _wait_until_ready(target)
        yield target
        return
    target = _start_emulator(root, cache / "emulator.log")
    try:
        _wait_until_ready(target)
        yield target
    finally:
        _stop(target)


def environment_without_proxies() -> dict[str, str]:
    """Our environment, less the proxies that gRPC would apply to loopback addresses as well."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _start_emulator(root: Path, log: Path) -> Target:
    port = _free_port()
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--host", "127.0.0.1", "--port", str(port)],
            cwd=root,
            env=environment_without_proxies(),
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
        )
    return Target(f"127.0.0.1:{port}", process, log)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_until_ready(target: Target) -> None:
    """Wait for the HTTP/2 handshake of a gRPC channel, which an open port alone does not promise."""
    deadline = time.monotonic() + START_SECONDS
    with grpc.insecure_channel(target.address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        ready = grpc.channel_ready_future(channel)
        while True:
            try:
                ready.result(timeout=0.1)
                return
            except grpc.FutureTimeoutError:
                failure = target.failure()
                if failure is None and time.monotonic() > deadline:
                    stderr = f":\n{target.stderr_tail()}" if target.process else ""
                    failure = f"{target.address} does not answer gRPC after {START_SECONDS:.0f} s{stderr}"
                if failure is not None:
                    ready.cancel()
                    raise CannotRun(failure) from None


def _stop(target: Target) -> None:
    if target.process is None:
        return
    target.process.terminate()
    try:
        target.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        target.process.kill()
        target.process.wait()
