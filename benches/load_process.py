"""HTTP load from a process of its own: so many connections, each calling one after the other for a while.

    python -m benches.load_process     reads one JSON object: {url, connections, seconds, calls: [[token, data], …]}

Each connection takes the calls in turn from a shared list, so no call is made twice. Prints
{"seconds": …, "milliseconds": […], "reasons": {"ok": n, "SLOT_TAKEN": n, …}}.
"""

import http.client
import json
import socket
import sys
import threading
import time
from collections import Counter
from itertools import count
from typing import Any
from urllib.parse import urlsplit


def main() -> None:
    """Load as the input says."""
    plan = json.load(sys.stdin)
    calls: list[tuple[str, dict[str, Any]]] = plan["calls"]
    url = urlsplit(plan["url"])
    index = count()
    until = time.monotonic() + plan["seconds"]
    milliseconds: list[float] = []
    reasons: Counter[str] = Counter()

    def connection() -> None:
        client = http.client.HTTPConnection(str(url.hostname), int(url.port or 80), timeout=60)
        client.connect()
        # Headers and body are two sends: without this each call waits 40 ms for a delayed ACK.
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < until and (turn := next(index)) < len(calls):
            token, data = calls[turn]
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            started = time.perf_counter_ns()
            client.request("POST", url.path, json.dumps({"data": data}), headers)
            answer = json.loads(client.getresponse().read())
            milliseconds.append((time.perf_counter_ns() - started) / 1e6)
            reasons[_reason(answer)] += 1

    threads = [threading.Thread(target=connection) for _ in range(plan["connections"])]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    print(json.dumps({"seconds": seconds, "milliseconds": milliseconds, "reasons": reasons}))


def _reason(answer: dict[str, Any]) -> str:
    error = answer.get("error")
    return "ok" if error is None else str(error.get("details", error).get("reason", error["status"]))


if __name__ == "__main__":
    main()
