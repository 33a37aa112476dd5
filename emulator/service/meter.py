"""How many documents were read, written and deleted, as Firestore bills them, by the label of the caller."""

from collections import Counter, defaultdict
from dataclasses import asdict
from typing import Any

from emulator.core.usage import Usage


class Meter:
    """Counts since the start or the last reset."""

    def __init__(self) -> None:
        self._usage: defaultdict[str, Usage] = defaultdict(Usage)
        self._calls: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def count_call(self, label: str, rpc: str) -> None:
        """A call was received."""
        self._calls[label][rpc] += 1

    def add(self, label: str, usage: Usage) -> None:
        """What a call used."""
        if usage.reads or usage.writes or usage.deletes:
            self._usage[label].add(usage)

    def reset(self) -> None:
        """Start again from zero."""
        self._usage.clear()
        self._calls.clear()

    def report(self) -> dict[str, Any]:
        """The counts in total and by label, as JSON; calls that carry no label count under the empty one."""
        total = Usage()
        for usage in self._usage.values():
            total.add(usage)
        calls: Counter[str] = Counter()
        for counted in self._calls.values():
            calls.update(counted)
        labels = sorted(self._usage.keys() | self._calls.keys())
        return {
            **_as_json(total, calls),
            "labels": {
                label: _as_json(self._usage.get(label, Usage()), self._calls.get(label, Counter()))
                for label in labels
            },
        }


def _as_json(usage: Usage, calls: Counter[str]) -> dict[str, Any]:
    return {**asdict(usage), "calls": dict(sorted(calls.items()))}
