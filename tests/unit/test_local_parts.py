"""Parts that run together: the end of one is noticed, all are stopped in an order that lets them finish."""

from dataclasses import dataclass, field

import pytest

from local.errors import PartFailed
from local.parts import Part, Parts


@dataclass
class Program:
    """A stand-in for a process that ends when asked, unless it is stubborn."""

    name: str
    events: list[str] = field(default_factory=list)
    stubborn: bool = False
    ended: bool = False

    def has_ended(self) -> bool:
        return self.ended

    def last_lines(self) -> list[str]:
        return [f"last words of {self.name}"]

    def ask_to_stop(self) -> None:
        self.events.append(f"ask {self.name}")
        self.ended = not self.stubborn

    def kill(self) -> None:
        self.events.append(f"reap {self.name}" if self.ended else f"kill {self.name}")
        self.ended = True


def never() -> bool:
    return False


def test_part_that_others_need_stops_last_whenever_it_was_started() -> None:
    events: list[str] = []
    parts = Parts()
    for name in ("auth", "database", "relay"):
        program = Program(name, events)
        parts.add(Part(name, "", program, lambda: True, stops_last=name == "database", seconds=1))

    killed = parts.stop(10, never)

    assert events == ["ask auth", "ask relay", "reap auth", "reap relay", "ask database", "reap database"]
    assert killed == []


def test_part_that_does_not_stop_is_killed_and_named() -> None:
    events: list[str] = []
    parts = Parts()
    parts.add(Part("relay", "", Program("relay", events, stubborn=True), lambda: True, seconds=1))

    assert parts.stop(0.05, never) == ["relay"]
    assert events == ["ask relay", "kill relay"]


def test_second_request_to_stop_does_not_wait() -> None:
    parts = Parts()
    parts.add(Part("relay", "", Program("relay", stubborn=True), lambda: True, seconds=1))

    assert parts.stop(3600, lambda: True) == ["relay"]


def test_part_that_is_not_ready_yet_is_ended_at_once() -> None:
    events: list[str] = []
    parts = Parts()
    parts.add(Part("auth", "", Program("auth", events), never))

    assert parts.stop(3600, never) == []
    assert events[0] == "kill auth"


def test_stopping_twice_does_nothing_more() -> None:
    events: list[str] = []
    parts = Parts()
    parts.add(Part("relay", "", Program("relay", events), lambda: True))
    parts.stop(10, never)
    events.clear()

    parts.stop(10, never)

    assert events == []


@pytest.mark.parametrize(
    ("ready", "what"), [(True, "relay ended"), (False, "relay ended before it was ready")]
)
def test_end_of_a_part_is_an_error_with_its_last_lines(ready: bool, what: str) -> None:
    parts = Parts()
    part = parts.add(Part("relay", "", Program("relay", ended=True), lambda: ready))
    part.note_if_ready()

    with pytest.raises(PartFailed) as failure:
        parts.check()

    assert str(failure.value) == f"{what}. Its last lines:\n    last words of relay"


def test_parts_that_run_pass_the_check() -> None:
    parts = Parts()
    parts.add(Part("relay", "", Program("relay"), lambda: True))

    parts.check()


def test_part_is_noted_as_ready_once() -> None:
    part = Part("relay", "", Program("relay"), lambda: True)

    assert part.note_if_ready()
    assert part.seconds is not None
    assert not part.note_if_ready()
