"""The emulator's speed and memory beside `@firestore-emulator/server` from npm, in one run, by one client.

What takes an emulator longer than its time limit counts as not done: `-` in the table.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benches.emulators import NPM_PACKAGE, Running, from_npm, install_from_npm, ours
from benches.firestore_wire import DOCUMENTS, Client, city_query, commit_request, room
from benches.report import print_json, print_table
from emulator.wire import Document, TargetChange

BATCH = 500
IN_FLIGHT = 20
_LIMIT_SECONDS = 60.0
_CONNECTIONS = 10
Figure = float | None
Start = Callable[[], AbstractContextManager[Running]]


@dataclass(frozen=True)
class Sizes:
    """How much is done."""

    starts: int
    writes: int
    both: int
    """Documents of the queries that either emulator should manage."""
    small: int
    large: int
    snapshot: int
    listeners: int
    query_seconds: float


FULL = Sizes(5, 2000, 2000, 10_000, 100_000, 30_000, 1000, 4.0)
QUICK = Sizes(2, 200, 1000, 2000, 10_000, 3000, 100, 1.0)


def run(*, quick: bool = False) -> None:
    """Measure both and print."""
    sizes = QUICK if quick else FULL
    version = install_from_npm()
    emulators = {"ours": ours} | ({"npm": from_npm} if version is not None else {})
    columns: dict[str, dict[str, Figure]] = {name: {} for name in emulators}
    # One kind of work after the other, by both in turn: what else the machine does then disturbs both.
    for work in _works(sizes):
        for name, start in emulators.items():
            columns[name] |= work(start)
    other = columns.get("npm", {})
    print_table(
        f"Firestore emulator beside {NPM_PACKAGE} {version or '(not installed)'}",
        ("", "ours", "npm", "ours ahead"),
        [_row(name, figure, other.get(name)) for name, figure in columns["ours"].items()],
        [
            f"- is what was not done within {_LIMIT_SECONDS:.0f} s, or not at all.",
            "Every query has 20 results. Memory is what the process grew by.",
        ],
    )
    print_json("emulator", {"npm_version": version, **columns})


def _row(name: str, figure: Figure, other: Figure) -> tuple[str, ...]:
    return (name, _shown(figure), _shown(other), _ratio(name, figure, other))


def _shown(figure: Figure) -> str:
    return "-" if figure is None else f"{figure:,.0f}" if figure >= 100 else f"{figure:,.2f}"


def _ratio(name: str, figure: Figure, other: Figure) -> str:
    """How many times better ours is; rates are better when they are higher, all else when it is lower."""
    if not figure or not other:
        return ""
    return f"{figure / other if '/s' in name else other / figure:.1f} x"


def _works(sizes: Sizes) -> list[Callable[[Start], dict[str, Figure]]]:
    """What is measured, each on fresh processes."""
    return [
        partial(_starts, times=sizes.starts),
        partial(_writes, sizes=sizes),
        *(
            partial(_with_documents, count=count, seconds=sizes.query_seconds)
            for count in (sizes.both, sizes.small, sizes.large)
        ),
        *(partial(_snapshot_of, count=count) for count in (sizes.both, sizes.snapshot)),
        partial(_restart_with, count=sizes.large),
    ]


def _starts(start: Start, times: int) -> dict[str, Figure]:
    took = []
    for _ in range(times):
        with start() as running:
            took.append(running.start_ms)
    return {"start-up to first answer, ms (median)": median(took)}


def _writes(start: Start, sizes: Sizes) -> dict[str, Figure]:
    with start() as running:
        client = Client(running.address)
        figures = {
            "single writes/s, one after another": _write_rate(client, sizes.writes, 1),
            f"single writes/s, {IN_FLIGHT} in flight": _write_rate(client, sizes.writes, IN_FLIGHT),
            f"fan-out of a write to {sizes.listeners:,} listeners, ms": _fan_out(running, sizes.listeners),
        }
        client.close()
    return figures


def _with_documents(start: Start, count: int, seconds: float) -> dict[str, Figure]:
    """Filling a collection, its memory, and queries on it."""
    with start() as running:
        client = Client(running.address)
        before = running.memory_mib()
        rate = _fill(client, "rooms", count)
        figures = {
            f"documents/s in batches of {BATCH}, {count:,} documents": rate,
            f"memory of {count:,} documents, MiB": None if rate is None else running.memory_mib() - before,
            f"queries/s on {count:,} documents": None
            if rate is None
            else _query_rate(client, count, seconds),
        }
        client.close()
    return figures


def _in_time(began: float) -> bool:
    return time.perf_counter() - began < _LIMIT_SECONDS


def _write_rate(client: Client, count: int, in_flight: int) -> Figure:
    requests = [commit_request([room(f"single{in_flight}", number)]) for number in range(count)]
    for request in requests[:50]:
        client.commit(request)
    waiting: deque[Any] = deque()
    began = time.perf_counter()
    for request in requests:
        if len(waiting) >= in_flight:
            waiting.popleft().result()
        waiting.append(client.begin_commit(request))
        if not _in_time(began):
            return None
    for call in waiting:
        call.result()
    return count / (time.perf_counter() - began)


def _fill(client: Client, collection: str, count: int) -> Figure:
    """Documents a second; None if there were too few in time."""
    requests = [
        commit_request([room(collection, number) for number in range(start, start + BATCH)])
        for start in range(0, count, BATCH)
    ]
    began = time.perf_counter()
    for request in requests:
        client.commit(request)
        if not _in_time(began):
            return None
    return count / (time.perf_counter() - began)


def _query_rate(client: Client, count: int, seconds: float) -> Figure:
    cities = count // 20
    client.count_results(city_query("rooms", 0))
    done = 0
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        found = client.count_results(city_query("rooms", done * 37 % cities))
        if found != 20:
            raise RuntimeError(f"a query found {found} documents instead of 20")
        done += 1
    return done / took


def _snapshot_of(start: Start, count: int) -> dict[str, Figure]:
    with start() as running:
        client = Client(running.address)
        filled = _fill(client, "rooms", count)
        took = None if filled is None else _snapshot(client, count)
        client.close()
    return {f"snapshot of {count:,} documents, ms": took}


def _restart_with(start: Start, count: int) -> dict[str, Figure]:
    """Start-up with documents on disk, which only ours keeps."""
    took = None
    if start is ours:
        with TemporaryDirectory(prefix="bench-emulator-") as folder:
            with ours("--data", folder) as running:
                client = Client(running.address)
                _fill(client, "rooms", count)
                client.close()
            with ours("--data", folder) as running:
                took = running.start_ms
    return {f"start-up with {count:,} documents on disk, ms": took}


def _snapshot(client: Client, count: int) -> Figure:
    """Milliseconds until a new listener has a whole collection."""
    query = {"parent": DOCUMENTS, "structured_query": {"from_": [{"collection_id": "rooms"}]}}
    began = time.perf_counter()
    responses, over = client.listen(query=query)
    found = 0
    for response in responses:
        found += response.WhichOneof("response_type") == "document_change"
        if response.target_change.target_change_type == TargetChange.CURRENT:
            break
    took = (time.perf_counter() - began) * 1000
    over.set()
    if found != count:
        raise RuntimeError(f"the snapshot has {found} documents instead of {count}")
    return took


def _fan_out(running: Running, listeners: int) -> Figure:
    """Milliseconds from sending a write until every listener of its document has it; the median of several."""
    document = room("fan-out", 0)
    writer = Client(running.address)
    writer.commit(commit_request([document]))
    clients = [Client(running.address) for _ in range(_CONNECTIONS)]
    crowd = _Crowd(listeners)
    target = {"documents": [document.name]}
    streams = [clients[number % _CONNECTIONS].listen(documents=target) for number in range(listeners)]
    threads = [
        threading.Thread(target=crowd.follow, args=(responses,), daemon=True) for responses, _ in streams
    ]
    for thread in threads:
        thread.start()
    try:
        return _rounds(crowd, writer, document)
    finally:
        for _, over in streams:
            over.set()
        for client in (writer, *clients):
            client.close()


def _rounds(crowd: "_Crowd", writer: Client, document: Document) -> Figure:
    if not crowd.wait_for_all(document.fields["number"].integer_value):
        return None
    took = []
    for number in range(1, 6):
        document.fields["number"].integer_value = number
        request = commit_request([document])
        began = time.perf_counter()
        writer.commit(request)
        if not crowd.wait_for_all(number):
            return None
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


class _Crowd:
    """Counts which listeners have seen which state of the document."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._seen: dict[int, int] = {}
        self._changed = threading.Condition()

    def follow(self, responses: Sequence[Any]) -> None:
        """Note every state that a stream brings, until it ends."""
        try:
            for response in responses:
                if response.WhichOneof("response_type") == "document_change":
                    self._note(response.document_change.document.fields["number"].integer_value)
        except Exception:
            return

    def _note(self, number: int) -> None:
        with self._changed:
            self._seen[number] = self._seen.get(number, 0) + 1
            if self._seen[number] >= self._size:
                self._changed.notify_all()

    def wait_for_all(self, number: int) -> bool:
        """Whether all listeners saw a state in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._seen.get(number, 0) >= self._size, _LIMIT_SECONDS)
