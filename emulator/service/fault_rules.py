"""The JSON form of fault rules."""

from collections.abc import Mapping
from typing import Any

from emulator.core.errors import Code, InvalidArgument
from emulator.service.faults import STREAMS, FaultRule, Faults


def faults_as_json(faults: Faults) -> dict[str, Any]:
    """The rules in force and how often each matched and struck."""
    rules = [
        {**rule_as_json(rule), "matched": matched, "struck": struck}
        for rule, matched, struck in faults.counts()
    ]
    return {"seed": faults.seed, "rules": rules}


def rule_as_json(rule: FaultRule) -> dict[str, Any]:
    """The JSON form, without what is left at its default."""
    found: dict[str, Any] = {
        "rpc": sorted(rule.rpcs) or None,
        "label": rule.label,
        "database": rule.database,
        "status": rule.code.name if rule.code is not None else None,
        "message": rule.message or None,
        "applied": rule.applied or None,
        "latency_ms": rule.latency * 1000 or None,
        "drop_after_ms": rule.drop_after * 1000 if rule.drop_after is not None else None,
        "times": rule.times,
        "skip": rule.skip or None,
        "probability": rule.probability if rule.probability < 1 else None,
    }
    return {key: value for key, value in found.items() if value is not None}


_STATUSES = [code.name for code in Code if code is not Code.OK]
_KNOWN = {
    "rpc": (str, list),
    "label": (str,),
    "database": (str,),
    "status": (str,),
    "message": (str,),
    "applied": (bool,),
    "latency_ms": (int, float),
    "drop_after_ms": (int, float),
    "times": (int,),
    "skip": (int,),
    "probability": (int, float),
}


def parse_rules(content: Any, known_rpcs: frozenset[str]) -> tuple[list[FaultRule], int]:
    """Rules and seed from `{"seed": 7, "rules": [{"rpc": "Commit", "status": "UNAVAILABLE", "times": 3}]}`."""
    if not isinstance(content, Mapping) or not isinstance(content.get("rules"), list):
        raise InvalidArgument('faults must be an object with a list "rules"')
    unknown = content.keys() - {"rules", "seed"}
    if unknown or not isinstance(content.get("seed", 0), int):
        raise InvalidArgument(f"faults: {sorted(unknown)} is not known, or seed is not an integer")
    return [parse_rule(rule, known_rpcs) for rule in content["rules"]], content.get("seed", 0)


def parse_rule(content: Any, known_rpcs: frozenset[str]) -> FaultRule:
    """One rule; InvalidArgument names what is wrong with it."""
    if not isinstance(content, Mapping):
        raise InvalidArgument("a fault rule must be an object")
    for key, value in content.items():
        _check_entry(key, value)
    named = content.get("rpc", [])
    rpcs = frozenset([named] if isinstance(named, str) else named)
    if not rpcs <= known_rpcs:
        raise InvalidArgument(f"unknown rpc {sorted(rpcs - known_rpcs)}; known are {sorted(known_rpcs)}")
    status = content.get("status")
    if status is not None and status not in _STATUSES:
        raise InvalidArgument(f"unknown status {status!r}; known are {_STATUSES}")
    drop_after = content.get("drop_after_ms")
    if drop_after is not None and not rpcs <= frozenset(STREAMS):
        raise InvalidArgument("drop_after_ms is about streams: Listen and Write")
    if content.get("probability", 1) > 1:
        raise InvalidArgument("probability must be between 0 and 1")
    if status is None and drop_after is None and not content.get("latency_ms"):
        raise InvalidArgument("a fault rule needs a status, latency_ms or drop_after_ms")
    return FaultRule(
        rpcs=rpcs or (frozenset(STREAMS) if drop_after is not None else frozenset()),
        label=content.get("label"),
        database=content.get("database"),
        code=Code[status] if status is not None else None,
        message=content.get("message", ""),
        applied=content.get("applied", False),
        latency=content.get("latency_ms", 0) / 1000,
        drop_after=drop_after / 1000 if drop_after is not None else None,
        times=content.get("times"),
        skip=content.get("skip", 0),
        probability=content.get("probability", 1.0),
    )


def _check_entry(key: str, value: Any) -> None:
    types = _KNOWN.get(key)
    if types is None:
        raise InvalidArgument(f"fault rule: {key!r} is not known; known are {list(_KNOWN)}")
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise InvalidArgument(f"fault rule: {key} must be of type {' or '.join(t.__name__ for t in types)}")
    if isinstance(value, int | float) and value < 0:
        raise InvalidArgument(f"fault rule: {key} must not be negative")
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise InvalidArgument(f"fault rule: {key} must hold names")
