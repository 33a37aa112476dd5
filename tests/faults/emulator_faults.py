"""Orders faults from the emulator and counts how often they struck."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

# The calls that the relay makes.
WRITES = ["BatchWrite", "Commit"]
READS = ["BatchGetDocuments"]
RELAY_CALLS = [*WRITES, *READS]


@dataclass
class EmulatorFaults:
    """The fault rules of one emulator; their form is described in its README."""

    host: str
    seed: int
    struck: int = 0

    @contextmanager
    def ordered(self, *rules: Mapping[str, Any]) -> Iterator[None]:
        """These rules are in force while the block runs; how often they struck is added to `struck`."""
        self._put(rules)
        try:
            yield
        finally:
            self.struck += self.count()
            self._put([])

    def count(self) -> int:
        """How often the rules in force struck so far."""
        return sum(rule["struck"] for rule in self._get()["rules"])

    def _put(self, rules: Sequence[Mapping[str, Any]]) -> None:
        answer = httpx.put(
            self._url, json={"seed": self.seed, "rules": list(rules)}, trust_env=False, timeout=10
        )
        answer.raise_for_status()

    def _get(self) -> dict[str, Any]:
        answer = httpx.get(self._url, trust_env=False, timeout=10).raise_for_status()
        shown: dict[str, Any] = answer.json()
        return shown

    @property
    def _url(self) -> str:
        return f"http://{self.host}/emulator/v1/faults"
