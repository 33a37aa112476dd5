"""Renders coverage as one self-contained HTML page: the source, each expression marked by what became of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from emulator.rules.coverage import Coverage, counted
from emulator.rules.issues import Lines
from emulator.rules.parsing.nodes import Expression, Literal

_TEMPLATE = Template((Path(__file__).parent / "page.html").read_text())


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of an expression; the name is also its class in the page."""

    name: str
    description: str


_NEVER = _Outcome("never", "never evaluated")
_FAILED = _Outcome("failed", "failed at least once")
_ONE_SIDED = _Outcome("one-sided", "only ever true, or only ever false")
_COVERED = _Outcome("covered", "evaluated; conditions both true and false")
_OUTCOMES = (_NEVER, _FAILED, _ONE_SIDED, _COVERED)

_Values = list[tuple[dict[str, Any], int]]


def render_page(coverage: Coverage) -> str:
    """The page for the counts so far."""
    nodes = [node for root in coverage.roots for node in _walk(root)]
    evaluated = sum(bool(coverage.values(node)) for node in nodes)
    share = 100 * evaluated / len(nodes) if nodes else 100.0
    return _TEMPLATE.substitute(
        evaluated=evaluated,
        total=len(nodes),
        share=f"{share:.0f}",
        legend="".join(f'<li class="{item.name}">{item.description}</li>' for item in _OUTCOMES),
        gaps=_gaps(coverage),
        lines=_lines(coverage),
    )


def _walk(node: Expression) -> Iterator[Expression]:
    yield node
    for child in counted(node):
        yield from _walk(child)


def _outcome(node: Expression, values: _Values) -> _Outcome:
    kinds = {kind for value, _ in values for kind in value}
    if not kinds:
        return _NEVER
    if "undefined" in kinds:
        return _FAILED
    if kinds == {"boolValue"} and len(values) == 1 and not isinstance(node, Literal):
        return _ONE_SIDED
    return _COVERED


def _gaps(coverage: Coverage) -> str:
    """Links to the conditions and function bodies that nothing has evaluated."""
    lines = Lines(coverage.text)
    numbers = sorted(
        {lines.locate(root.span.start)[0] for root in coverage.roots if not coverage.values(root)}
    )
    if not numbers:
        return "<p>Every condition and function was evaluated.</p>"
    links = "".join(f'<li><a href="#L{number}">line {number}</a></li>' for number in numbers)
    return f"<p>Never evaluated:</p><ul>{links}</ul>"


def _lines(coverage: Coverage) -> str:
    """The source as rows of a table: number, evaluations, marked text."""
    marked = _marked(coverage)
    counts = _evaluations(coverage)
    rows = []
    for number, text in enumerate(_closed_per_line(marked), start=1):
        count = counts.get(number)
        shown = f"{count}×" if count is not None else ""  # noqa: RUF001
        rows.append(f'<tr id="L{number}"><td>{number}</td><td>{shown}</td><td><pre>{text}</pre></td></tr>')
    return "\n".join(rows)


def _evaluations(coverage: Coverage) -> dict[int, int]:
    """How often the conditions and function bodies that begin on a line were evaluated."""
    lines = Lines(coverage.text)
    counts: dict[int, int] = {}
    for root in coverage.roots:
        line, _ = lines.locate(root.span.start)
        counts[line] = max(counts.get(line, 0), sum(count for _, count in coverage.values(root)))
    return counts


def _marked(coverage: Coverage) -> list[tuple[str, str | None]]:
    """The source as pieces: escaped text with None, or an opening tag, or "" to close the last one."""
    pieces: list[tuple[str, str | None]] = []
    position = 0
    for root in coverage.roots:
        pieces.append((coverage.text[position : root.span.start], None))
        _mark(root, coverage, pieces)
        position = root.span.end
    return [*pieces, (coverage.text[position:], None)]


def _mark(node: Expression, coverage: Coverage, pieces: list[tuple[str, str | None]]) -> None:
    values = coverage.values(node)
    shown = escape(json.dumps([[_text(value), count] for value, count in values]))
    pieces.append(("", f'<span class="x {_outcome(node, values).name}" tabindex="0" data-values="{shown}">'))
    position = node.span.start
    for child in counted(node):
        pieces.append((coverage.text[position : child.span.start], None))
        _mark(child, coverage, pieces)
        position = child.span.end
    pieces += [(coverage.text[position : node.span.end], None), ("", "")]


def _text(value: dict[str, Any]) -> str:
    ((kind, content),) = value.items()
    if kind == "undefined":
        return f"error: {content['causeMessage']}"
    return kind.removesuffix("Value") if content == {} else json.dumps(content, ensure_ascii=False)


def _closed_per_line(pieces: list[tuple[str, str | None]]) -> Iterator[str]:
    """The lines of marked text; a span that goes on is closed at the end of a line and opened on the next."""
    opened: list[str] = []
    line = ""
    for text, tag in pieces:
        if tag:
            opened.append(tag)
            line += tag
        elif tag == "":
            opened.pop()
            line += "</span>"
        else:
            first, *rest = text.split("\n")
            line += escape(first)
            for part in rest:
                yield line + "</span>" * len(opened)
                indented = part[: len(part) - len(part.lstrip())]
                line = indented + "".join(opened) + escape(part[len(indented) :])
    yield line
