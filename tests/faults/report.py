"""What a run shows in the end: a table for the terminal, and the same for the documentation."""

from collections.abc import Sequence

from rich.table import Table

from tests.faults.catalogue import NotInjected
from tests.faults.runner import Result

DOCUMENTED_COLUMNS = ("row", "fault", "injected", "expected", "must hold", "seen")


def verdict(result: Result) -> str:
    """One or two words, with colours."""
    if result.holds:
        return "[green]holds[/green]"
    if result.violations:
        return "[red]FAILS[/red]"
    return "[red]never struck[/red]" if result.struck == 0 else "[red]never at rest[/red]"


def table_of(results: Sequence[Result], title: str) -> Table:
    """For the terminal; `injected` is how often the fault struck."""
    table = Table(title=title, title_justify="left")
    for heading in ("row", "fault"):
        table.add_column(heading)
    for heading in ("injected", "commands", "violations", "at rest after", "verdict"):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(
            str(result.row.number),
            result.row.fault,
            f"{result.struck:,}",
            f"{result.answers:,}",
            str(len(result.violations)),
            _rest(result),
            verdict(result),
        )
    return table


def documented(results: Sequence[Result], absent: Sequence[NotInjected]) -> str:
    """The table of the documentation, in Markdown."""
    lines = [DOCUMENTED_COLUMNS, ("---:", "---", "---", "---", "---", "---")]
    for result in results:
        row = result.row
        seen = f"struck {result.struck:,} times, {len(result.violations)} violations, at rest after {_rest(result)}"
        lines.append((str(row.number), row.fault, row.injected, row.expected, row.invariants, seen))
    for fault in absent:
        lines.append((str(fault.number), fault.fault, "-", fault.reason, "", "not injected"))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rest(result: Result) -> str:
    return "never" if result.rest_seconds is None else f"{result.rest_seconds:.1f} s"
