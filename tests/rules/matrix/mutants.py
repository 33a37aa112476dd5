"""Rules with one thing wrong: what the matrix must notice."""

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.rules.issues import Lines, Span
from emulator.rules.parsing.nodes import Literal
from tests.rules.matrix.conditions import conditions, constants


@dataclass(frozen=True)
class Mutant:
    """A source with a piece of it replaced."""

    span: Span
    described: str
    source: str

    def __str__(self) -> str:
        return self.described


def mutants(text: str) -> list[Mutant]:
    """Each condition as true and as false, each number one off either way, each text and truth another."""
    changes = [(node.span, verdict) for node in conditions(text) for verdict in ("true", "false")]
    changes += [(node.span, other) for node in constants(text) for other in _others(node)]
    lines = Lines(text)
    return [_mutant(text, lines, span, replacement) for span, replacement in dict.fromkeys(changes)]


def _others(node: Literal) -> Iterator[str]:
    match node.value:
        case bool(value):
            yield str(not value).lower()
        case int(value):
            yield str(value + 1)
            yield str(value - 1)
        case str(value):
            yield repr(f"{value}x")


def _mutant(text: str, lines: Lines, span: Span, replacement: str) -> Mutant:
    line, column = lines.locate(span.start)
    end = _closed(text, span)
    original = " ".join(text[span.start : end].split())
    described = f"{line}:{column} `{original}` → `{replacement}`"
    return Mutant(span, described, f"{text[: span.start]}{replacement}{text[end:]}")


def _closed(text: str, span: Span) -> int:
    """Where a piece ends with the parentheses that it opens: spans end with the last operand inside of them."""
    end = span.end
    while text.count("(", span.start, end) > text.count(")", span.start, end):
        end = text.index(")", end) + 1
    return end
