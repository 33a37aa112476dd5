"""The least that sends to FCM: the sender's own HTTP/2 client, ready-made requests, nothing else.

    python -m benches.notices.bare_process URL COUNT CONCURRENT CONNECTIONS

Reads one request body a line and posts COUNT in all, from the first again after the last, so many at a time. Prints
{"seconds": …, "refused": n}.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice

import httpcore

_HEADERS = [("content-type", "application/json"), ("authorization", "Bearer bench")]


async def main(url: str, count: int, concurrent: int, connections: int) -> None:
    """Send as the arguments say."""
    bodies = [line.rstrip(b"\n") for line in sys.stdin.buffer]
    async with httpcore.AsyncConnectionPool(
        http1=False, http2=True, max_connections=connections, max_keepalive_connections=connections
    ) as client:
        await _send_all(client, url, islice(cycle(bodies), concurrent))
        turns, began = islice(cycle(bodies), count), time.monotonic()
        refused = sum(await asyncio.gather(*(_send_all(client, url, turns) for _ in range(concurrent))))
        print(json.dumps({"seconds": time.monotonic() - began, "refused": refused}), flush=True)


async def _send_all(client: httpcore.AsyncConnectionPool, url: str, bodies: Iterator[bytes]) -> int:
    """Post one after the other from what all share; how many were not accepted."""
    refused = 0
    for body in bodies:
        response = await client.request("POST", url, content=body, headers=_HEADERS)
        refused += response.status != 200
    return refused


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
