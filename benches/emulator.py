"""The emulator's speed and memory beside `@firestore-emulator/server` from npm, in one run, by one client.

What takes an emulator longer than its time limit counts as not done: `-` in the table.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median
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
    columns = {"ours": measure(ours, sizes)}
    if version is not None:
        columns["npm"] = measure(from_npm, sizes)
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


def measure(start: Callable[[], AbstractContextManager[Running]], sizes: Sizes) -> dict[str, Figure]:
    """Every figure of one emulator, each kind of work on a fresh process."""
    starts = []
    for _ in range(sizes.starts):
        with start() as running:
            starts.append(running.start_ms)
    figures: dict[str, Figure] = {"start-up to first answer, ms (median)": median(starts)}
    with start() as running:
        client = Client(running.address)
        figures["single writes/s, one after another"] = _write_rate(client, sizes.writes, 1)
        figures[f"single writes/s, {IN_FLIGHT} in flight"] = _write_rate(client, sizes.writes, IN_FLIGHT)
        figures[f"fan-out of a write to {sizes.listeners:,} listeners, ms"] = _fan_out(
            running, sizes.listeners
        )
        client.close()
    for count in (sizes.both, sizes.small, sizes.large):
        figures |= _with_documents(start, count, sizes)
    return figures


def _with_documents(
    start: Callable[[], AbstractContextManager[Running]], count: int, sizes: Sizes
) -> dict[str, Figure]:
    """Filling a collection, and what is asked of it then."""
    figures: dict[str, Figure] = {}
    with start() as running:
        client = Client(running.address)
        before = running.memory_mib()
        rate = _fill(client, "rooms", count)
        grown = running.memory_mib() - before
        if count == sizes.both or count == sizes.large:
            figures[f"documents/s in batches of {BATCH}, {count:,} documents"] = rate
        if count == sizes.large:
            figures[f"memory of {count:,} documents, MiB"] = None if rate is None else grown
        figures[f"queries/s on {count:,} documents"] = (
            None if rate is None else _query_rate(client, count, sizes.query_seconds)
        )
        client.close()
    if count == sizes.large:
        figures[f"snapshot of {sizes.snapshot:,} documents, ms"] = _fresh_snapshot(start, sizes.snapshot)
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


def _fresh_snapshot(start: Callable[[], AbstractContextManager[Running]], count: int) -> Figure:
    with start() as running:
        client = Client(running.address)
        filled = _fill(client, "rooms", count)
        took = None if filled is None else _snapshot(client, count)
        client.close()
    return took


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
