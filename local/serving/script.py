"""Scripted answers of any kind: queued per target, each given so many times or for ever."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Generic, Protocol, TypeVar


class Timed(Protocol):
    """A frozen dataclass that says how many times it is given, None for ever."""

    @property
    def times(self) -> int | None: ...


A = TypeVar("A", bound=Timed)


class BadAnswer(ValueError):
    """A scripted answer that makes no sense; the text says why."""


class Script(Generic[A]):
    """Which answer is next for which name. A target is a name, or a pattern with one `*`: `abc*`, `*@example.org`."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[A]] = {}

    def __iter__(self) -> Iterator[tuple[str, list[A]]]:
        return iter(self._waiting.items())

    def set(self, target: str, answers: list[A]) -> None:
        """Replace a target's answers, given one after another; none at all ends them."""
        if not target or target.count("*") > 1:
            raise BadAnswer("a target is a name, or a pattern with one *")
        if answers:
            self._waiting[target] = list(answers)
        else:
            self._waiting.pop(target, None)

    def clear(self) -> None:
        """No target has a scripted answer any more."""
        self._waiting.clear()

    def next_for(self, name: str) -> A | None:
        """The answer to a name, which is then used up once: its own, else that of the longest pattern."""
        if not self._waiting or (target := self._target_of(name)) is None:
            return None
        answers = self._waiting[target]
        first = answers[0]
        if first.times is not None:
            answers[:1] = [_once_less(first)] if first.times > 1 else []
            if not answers:
                del self._waiting[target]
        return first

    def _target_of(self, name: str) -> str | None:
        if name in self._waiting:
            return name
        return max((target for target in self._waiting if _matches(target, name)), key=len, default=None)


def _matches(pattern: str, name: str) -> bool:
    head, star, tail = pattern.partition("*")
    return bool(star) and len(name) >= len(head) + len(tail) and name.startswith(head) and name.endswith(tail)


def _once_less(answer: A) -> A:
    assert answer.times is not None
    return replace(answer, times=answer.times - 1)  # type: ignore[type-var]
