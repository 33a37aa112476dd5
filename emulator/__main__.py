"""`python -m emulator`: serve Firestore on one port until SIGINT or SIGTERM."""

import argparse
import asyncio
import errno
import signal
import sys
import time

_STARTED = time.perf_counter()

from emulator.server import serving  # noqa: E402 - the clock starts before the imports it measures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description="A Firestore emulator.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8080, help="port, 0 for any free one (default: %(default)s)"
    )
    return parser


async def _serve(host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(host, port) as server:
        bound = server.sockets[0].getsockname()[1]
        took = (time.perf_counter() - _STARTED) * 1000
        print(f"Firestore emulator ready on {host}:{bound} after {took:.0f} ms", flush=True)
        await stop.wait()


def main() -> int:
    """Run until stopped; 1 when the port cannot be opened."""
    arguments = _parser().parse_args()
    try:
        asyncio.run(_serve(arguments.host, arguments.port))
    except OSError as error:
        reason = "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be opened: {error}"
        print(
            f"error: {arguments.host}:{arguments.port} {reason}; choose another with --port", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
