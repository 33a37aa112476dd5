"""Faults on order: which calls are delayed, refused or cut, decided by seeded rules and thus repeatable."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from emulator.core.errors import Code, FirestoreError

STREAMS = ("Listen", "Write")


@dataclass(frozen=True, slots=True)
class FaultRule:
    """What happens to the calls that match; times in seconds.

    `skip` calls that match are let through first, then `times` are struck (None: all), each with `probability`. With
    `applied` the call takes effect and only its reply is lost.
    """

    rpcs: frozenset[str] = frozenset()
    label: str | None = None
    database: str | None = None
    code: Code | None = None
    message: str = ""
    applied: bool = False
    latency: float = 0.0
    drop_after: float | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0

    def concerns(self, rpc: str, label: str, database: str) -> bool:
        """Whether a call is of the kind that the rule is about."""
        return (
            (not self.rpcs or rpc in self.rpcs)
            and self.label in (None, label)
            and (self.database is None or self.database in (database, database.rpartition("/")[2]))
        )


@dataclass(frozen=True, slots=True)
class Strike:
    """What is to happen to one call; times in seconds."""

    latency: float = 0.0
    refusal: FirestoreError | None = None
    applied: bool = False
    drop_after: float | None = None


UNHARMED = Strike()


class Injected(FirestoreError):
    """A refusal that a fault rule ordered."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message or f"{code.name} injected by a fault rule")
        self.code = code


@dataclass(slots=True)
class _Armed:
    """A rule with its own dice and what it has done so far."""

    rule: FaultRule
    dice: Random
    matched: int = 0
    struck: int = field(default=0)

    def strikes(self) -> bool:
        """Whether the rule strikes the call that just matched."""
        self.matched += 1
        if self.matched <= self.rule.skip or (self.rule.times is not None and self.struck >= self.rule.times):
            return False
        if self.dice.random() >= self.rule.probability:
            return False
        self.struck += 1
        return True


class Faults:
    """The rules in force, in order; latencies add up, of several refusals the first counts."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self.seed = 0

    def arm(self, rules: Sequence[FaultRule], seed: int = 0) -> None:
        """Replace all rules; the same seed makes the same choices for the same sequence of calls."""
        self.seed = seed
        self._armed = [_Armed(rule, Random(f"{seed}:{place}")) for place, rule in enumerate(rules)]

    def strike(self, rpc: str, label: str, database: str) -> Strike:
        """What is to happen to the call that arrives now."""
        if not self._armed:
            return UNHARMED
        latency, refusing, drop_after = 0.0, None, None
        for armed in self._armed:
            rule = armed.rule
            if not rule.concerns(rpc, label, database) or not armed.strikes():
                continue
            latency += rule.latency
            if refusing is None and rule.code is not None:
                refusing = rule
            if drop_after is None:
                drop_after = rule.drop_after
        refusal = Injected(refusing.code, refusing.message) if refusing and refusing.code else None
        return Strike(latency, refusal, refusing.applied if refusing else False, drop_after)

    def counts(self) -> list[tuple[FaultRule, int, int]]:
        """The rules, how many calls matched each, and how many it struck."""
        return [(armed.rule, armed.matched, armed.struck) for armed in self._armed]
