"""Everything that was sent, in bounded memory: the newest attempts, and the devices they were for."""

import json
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from local.fcm.devices import Device

DEFAULT_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to send. `status` is what the sender was told, 0 for a connection that ended instead.

    `name` is the provider's id of a message that was accepted, "" otherwise; `error_code` is FCM's, or the
    canonical one where FCM gives none. `body` is the request as it came.
    """

    number: int
    at: float
    project: str
    target: str
    status: int
    error_code: str
    name: str
    body: bytes
    http_version: str
    connection: int

    def as_json(self) -> dict[str, Any]:
        """The attempt with its request, which is None where that was not JSON."""
        found = {name: getattr(self, name) for name in self.__slots__ if name != "body"}
        try:
            return {**found, "request": json.loads(self.body)}
        except ValueError:
            return {**found, "request": None}


class Ledger:
    """The newest `kept` attempts, by target too, as many devices with what they show of these; counts of all."""

    def __init__(self, kept: int = DEFAULT_KEPT) -> None:
        self._kept = kept
        self._attempts: deque[Attempt] = deque()
        self._by_target: dict[str, deque[Attempt]] = {}
        self._devices: OrderedDict[str, Device] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self._number = 0
        self.clearings = 0
        """How often everything was forgotten."""
        self._observers: set[Callable[[], None]] = set()

    def next_number(self) -> int:
        """The number of the attempt that is to be added now."""
        self._number += 1
        return self._number

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt, and let the oldest go if there are too many."""
        self._attempts.append(attempt)
        self._by_target.setdefault(attempt.target, deque()).append(attempt)
        self._counts["accepted" if attempt.name else "not_accepted"] += 1
        if attempt.error_code:
            self._counts[attempt.error_code] += 1
        if len(self._attempts) > self._kept:
            self._forget(self._attempts.popleft())
        for notice in self._observers:
            notice()

    def attempts(self, target: str | None = None, after: int = 0, limit: int = DEFAULT_KEPT) -> list[Attempt]:
        """The newest attempts with a number above `after`, oldest first."""
        kept = self._attempts if target is None else self._by_target.get(target, ())
        found = list(islice(_newer(reversed(kept), after), limit))
        return found[::-1]

    def counts(self) -> dict[str, int]:
        """Attempts by outcome since the last clearing, those that are no longer kept included."""
        return {"accepted": 0, "not_accepted": 0, **self._counts}

    def device(self, token: str) -> Device:
        """The device of a token, which there is as soon as it is asked for."""
        device = self._devices.get(token)
        if device is None:
            device = self._devices[token] = Device(token)
            if len(self._devices) > self._kept:
                self._devices.popitem(last=False)
        else:
            self._devices.move_to_end(token)
        return device

    def devices(self, limit: int) -> list[Device]:
        """The devices that were sent to last, the latest first."""
        return list(islice(reversed(self._devices.values()), limit))

    def clear(self) -> None:
        """Forget everything; numbers go on, so that who waits for newer attempts is not misled."""
        self._attempts.clear()
        self._by_target.clear()
        self._devices.clear()
        self._counts.clear()
        self.clearings += 1
        for notice in self._observers:
            notice()

    def observe(self, notice: Callable[[], None]) -> Callable[[], None]:
        """Call `notice` at every change, until what is returned is called."""
        self._observers.add(notice)
        return lambda: self._observers.discard(notice)

    def _forget(self, oldest: Attempt) -> None:
        if (device := self._devices.get(oldest.target)) is not None:
            device.forget(oldest.name)
        of_target = self._by_target[oldest.target]
        of_target.popleft()  # it is the oldest of its target, too
        if not of_target:
            del self._by_target[oldest.target]


def _newer(newest_first: Iterator[Attempt], after: int) -> Iterator[Attempt]:
    for attempt in newest_first:
        if attempt.number <= after:
            return
        yield attempt
