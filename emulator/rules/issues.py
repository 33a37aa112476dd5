"""What is wrong with a rules source, and where."""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """An error refuses the source; a warning points at what will fail, or is useless, when evaluated."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of the source: offsets in characters, the end exclusive."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """From the start of this piece to the end of another."""
        return Span(self.start, other.end)


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding; line and column count from 1 (0 where it concerns the whole source)."""

    severity: Severity
    description: str
    line: int
    column: int

    def to_json(self) -> dict[str, Any]:
        """The form in which the emulator's `:securityRules` endpoint reports it."""
        return {
            "severity": self.severity.value,
            "description": self.description,
            "sourcePosition": {"line": self.line, "column": self.column},
        }

    def __str__(self) -> str:
        return f"[{self.severity.value[0]}] {self.line}:{self.column} - {self.description}"


class RulesRefused(Exception):
    """The source has errors; `issues` holds them and the warnings beside them, in source order."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("\n".join(map(str, issues)))
        self.issues = issues


class Lines:
    """Where each line of a source begins."""

    def __init__(self, source: str) -> None:
        self._starts = [0, *(index + 1 for index, char in enumerate(source) if char == "\n")]

    def locate(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


class IssueLog:
    """Collects findings about one source."""

    LIMIT = 50

    def __init__(self, source: str) -> None:
        self.lines = Lines(source)
        self._found: dict[tuple[int, int, str], Issue] = {}

    def error(self, description: str, span: Span) -> None:
        """Note what refuses the source."""
        self._add(Severity.ERROR, description, span)

    def warning(self, description: str, span: Span) -> None:
        """Note what the author should look at."""
        self._add(Severity.WARNING, description, span)

    def _add(self, severity: Severity, description: str, span: Span) -> None:
        line, column = self.lines.locate(span.start)
        if len(self._found) < self.LIMIT:
            self._found.setdefault((line, column, description), Issue(severity, description, line, column))

    @property
    def issues(self) -> list[Issue]:
        """All findings in source order."""
        return sorted(self._found.values(), key=lambda issue: (issue.line, issue.column))

    @property
    def has_errors(self) -> bool:
        """Whether the source is refused."""
        return any(issue.severity is Severity.ERROR for issue in self._found.values())
