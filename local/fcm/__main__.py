"""`python -m local.fcm`: the stand-in as a process of its own."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from local.fcm.answers import Answer
from local.fcm.ledger import DEFAULT_KEPT, Ledger
from local.fcm.routes import Routes
from local.fcm.service import Service
from local.serving.port import open_port, until_told_to_stop
from local.serving.script import Script

DEFAULT_PORT = 9599


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; 1 when the port cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m local.fcm", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="default: %(default)s; 0: any free one"
    )
    parser.add_argument(
        "--keep",
        type=int,
        default=DEFAULT_KEPT,
        metavar="N",
        help="newest sends to keep; default: %(default)s",
    )
    given = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(given.host, given.port, given.keep))
    except OSError as error:
        print(f"FCM stand-in: cannot listen on {given.host}:{given.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


async def _serve(host: str, port: int, kept: int) -> None:
    routes = Routes(Service(Ledger(kept), Script[Answer]()))
    async with open_port(host, port, routes) as number:
        print(f"FCM stand-in: http://{host}:{number}", flush=True)
        await until_told_to_stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
