"""`python -m emulator`: serve Firestore on one port until SIGINT or SIGTERM."""

import argparse
import asyncio
import errno
import gc
import signal
import sys
import time
from pathlib import Path

_STARTED = time.perf_counter()

from emulator.data.errors import Unusable  # noqa: E402 - the clock starts before the imports it measures
from emulator.server import serving  # noqa: E402


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description="A Firestore emulator.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8080, help="port, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument(
        "--lock-seconds",
        type=float,
        default=5.0,
        help="how long a write waits for the transactions that read its document (default: %(default)s)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep documents in this directory (default: in memory only)"
    )
    return parser


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(arguments.host, arguments.port, arguments.lock_seconds, arguments.data) as emulator:
        took = (time.perf_counter() - _STARTED) * 1000
        print(f"Firestore emulator ready on {arguments.host}:{emulator.port} after {took:.0f} ms", flush=True)
        await stop.wait()


def _tune_collector() -> None:
    """Look for garbage rarely: documents hold no cycles, and walking through all of them delays answers."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def main() -> int:
    """Run until stopped; 1 when the port or the data cannot be opened."""
    arguments = _parser().parse_args()
    _tune_collector()
    try:
        asyncio.run(_serve(arguments))
    except Unusable as error:
        print(f"error: --data: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        reason = "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be opened: {error}"
        print(
            f"error: {arguments.host}:{arguments.port} {reason}; choose another with --port", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
