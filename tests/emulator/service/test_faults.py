"""Fault rules decide alike for the same seed and calls, and are refused when they make no sense."""

from typing import Any

import pytest

from emulator.core.errors import Code, InvalidArgument
from emulator.service.fault_rules import faults_as_json, parse_rules
from emulator.service.faults import Faults, Strike
from emulator.service.service import KNOWN_RPCS

DATABASE = "projects/p/databases/(default)"


def armed(*rules: dict[str, Any], seed: int = 0) -> Faults:
    faults = Faults()
    faults.arm(*parse_rules({"seed": seed, "rules": list(rules)}, KNOWN_RPCS))
    return faults


def strikes(faults: Faults, count: int, rpc: str = "Commit", label: str = "") -> list[Strike]:
    return [faults.strike(rpc, label, DATABASE) for _ in range(count)]


def codes(found: list[Strike]) -> list[Code | None]:
    return [strike.refusal.code if strike.refusal else None for strike in found]


def test_the_next_calls_are_refused_and_then_no_more() -> None:
    faults = armed({"rpc": "Commit", "status": "UNAVAILABLE", "times": 3})

    assert codes(strikes(faults, 5)) == [Code.UNAVAILABLE] * 3 + [None] * 2


def test_calls_can_be_let_through_first() -> None:
    faults = armed({"status": "ABORTED", "skip": 2, "times": 1})

    assert codes(strikes(faults, 4)) == [None, None, Code.ABORTED, None]


@pytest.mark.parametrize(
    ("rule", "call", "struck"),
    [
        ({"rpc": ["Commit", "BatchWrite"]}, {"rpc": "BatchWrite"}, True),
        ({"rpc": "Commit"}, {"rpc": "RunQuery"}, False),
        ({"label": "relay"}, {"label": "relay"}, True),
        ({"label": "relay"}, {"label": "other"}, False),
        ({"database": "(default)"}, {}, True),
        ({"database": DATABASE}, {}, True),
        ({"database": "second"}, {}, False),
    ],
)
def test_a_rule_is_about_some_calls(rule: dict[str, Any], call: dict[str, str], struck: bool) -> None:
    faults = armed({"status": "ABORTED", **rule})

    assert codes(strikes(faults, 1, **call)) == [Code.ABORTED if struck else None]


def test_the_same_seed_makes_the_same_choices() -> None:
    def choices(seed: int) -> list[float]:
        faults = armed({"latency_ms": 20, "probability": 0.1}, seed=seed)
        return [strike.latency for strike in strikes(faults, 500)]

    assert choices(1) == choices(1)
    assert choices(1) != choices(2)
    assert 20 <= sum(map(bool, choices(1))) <= 80
    assert set(choices(1)) == {0.0, 0.02}


def test_rules_do_not_disturb_each_others_choices() -> None:
    alone = armed({"rpc": "Commit", "status": "ABORTED", "probability": 0.5}, seed=3)
    beside = armed(
        {"rpc": "Commit", "status": "ABORTED", "probability": 0.5},
        {"rpc": "RunQuery", "latency_ms": 1, "probability": 0.5},
        seed=3,
    )
    strikes(beside, 100, rpc="RunQuery")

    assert codes(strikes(alone, 100)) == codes(strikes(beside, 100))


def test_latencies_add_up_and_the_first_refusal_counts() -> None:
    faults = armed(
        {"latency_ms": 20},
        {"status": "UNAVAILABLE", "message": "first", "latency_ms": 5, "applied": True},
        {"status": "ABORTED"},
    )

    (strike,) = strikes(faults, 1)

    assert strike.latency == pytest.approx(0.025)
    assert strike.refusal is not None
    assert (strike.refusal.code, strike.refusal.message, strike.applied) == (Code.UNAVAILABLE, "first", True)


def test_streams_can_be_dropped() -> None:
    faults = armed({"rpc": "Listen", "drop_after_ms": 2000, "times": 1})

    assert [strike.drop_after for strike in strikes(faults, 2, rpc="Listen")] == [2.0, None]


def test_the_rules_in_force_are_shown_with_what_they_did() -> None:
    rule = {"rpc": ["Commit"], "status": "ABORTED", "skip": 1, "probability": 0.999}
    faults = armed(rule, seed=4)
    strikes(faults, 3)

    assert faults_as_json(faults) == {"seed": 4, "rules": [{**rule, "matched": 3, "struck": 2}]}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], 'a list "rules"'),
        ({"rules": [], "sed": 1}, "['sed'] is not known"),
        ({"rules": [1]}, "must be an object"),
        ({"rules": [{"rpc": "Comit", "status": "ABORTED"}]}, "unknown rpc ['Comit']"),
        ({"rules": [{"status": "BROKEN"}]}, "unknown status 'BROKEN'"),
        ({"rules": [{"status": "OK"}]}, "unknown status 'OK'"),
        ({"rules": [{"rpc": "Commit"}]}, "needs a status, latency_ms or drop_after_ms"),
        ({"rules": [{"status": "ABORTED", "times": -1}]}, "times must not be negative"),
        ({"rules": [{"status": "ABORTED", "times": True}]}, "times must be of type int"),
        ({"rules": [{"status": "ABORTED", "probability": 2}]}, "between 0 and 1"),
        ({"rules": [{"status": "ABORTED", "delay": 2}]}, "'delay' is not known"),
        ({"rules": [{"rpc": "Commit", "drop_after_ms": 2}]}, "about streams"),
        ({"rules": [{"rpc": [1], "status": "ABORTED"}]}, "rpc must hold names"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(content: Any, reason: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        parse_rules(content, KNOWN_RPCS)

    assert reason in refused.value.message
