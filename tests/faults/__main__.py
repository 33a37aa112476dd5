"""Injects every row of the fault list that a machine can inject, and shows whether what must hold did.

    make faults                                        every row, in about a quarter of an hour
    make faults ARGS="--rows 1,21-25 --quick"          some of them, a third as long
    make faults ARGS="--rows 25 --seed 7"              the choices of an earlier run once more

Ends with 1 if anything did not hold; each failing row prints what repeats it.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom

from rich.console import Console

from local.environment import ROOT
from local.postgres import running_postgres
from tests.faults.arena import Template
from tests.faults.catalogue import NOT_INJECTED, Row, load_rows, parse_numbers
from tests.faults.report import documented, table_of, verdict
from tests.faults.runner import Result, journal_path, run_row
from tests.soak.booker import quiet

_MOST_SHOWN = 12
console = Console()


def main() -> int:
    """Run the rows that are named, or all."""
    rows = load_rows()
    options = _parse(sys.argv[1:])
    chosen = [row for row in rows if options.rows is None or row.number in options.rows]
    seed = options.seed if options.seed is not None else SystemRandom().randrange(1_000_000)
    quiet()
    with running_postgres() as postgres:
        with console.status("a studio opens"):
            template = Template.make(postgres.url)
        results = [_run(row, template, seed, quick=options.quick) for row in chosen]
    _report(results, seed, quick=options.quick)
    if options.markdown:
        options.markdown.write_text(documented(results, NOT_INJECTED) + "\n")
    return 0 if all(result.holds for result in results) else 1


def _run(row: Row, template: Template, seed: int, *, quick: bool) -> Result:
    title = f"{row.number:2} {row.fault}"
    with console.status(title) as status:
        result = run_row(
            row, template, seed, quick=quick, progress=lambda phase: status.update(f"{title} · {phase}")
        )
    console.print(title, verdict(result), markup=True, highlight=False)
    for line in result.violations[:_MOST_SHOWN]:
        console.print(f"   {line}", style="red", markup=False)
    if not result.holds:
        console.print(f"   again: {_command(row, seed, quick=quick)}   at {_commit()}", style="bold")
        console.print(f"   commands: {journal_path(row, seed)}", style="dim")
    return result


def _report(results: Sequence[Result], seed: int, *, quick: bool) -> None:
    console.print(table_of(results, f"Faults, seed {seed}{', quick' if quick else ''}"))
    for absent in NOT_INJECTED:
        console.print(f"{absent.number:2} {absent.fault}: not injected, {absent.reason}", style="dim")
    failed = sum(not result.holds for result in results)
    count = sum(len(result.violations) for result in results)
    console.print(
        f"{len(results)} rows, {count} violations, {failed} rows failed",
        style="bold red" if failed else "bold green",
    )


def _command(row: Row, seed: int, *, quick: bool) -> str:
    return f'make faults ARGS="--rows {row.number} --seed {seed}{" --quick" if quick else ""}"'


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return f"commit {result.stdout.strip()}" if result.returncode == 0 else "an unknown commit"


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=parse_numbers, help="numbers of the fault list, like 1,21-25")
    parser.add_argument("--seed", type=int, help="repeat the choices of an earlier run")
    parser.add_argument("--quick", action="store_true", help="a third of the commands under each fault")
    parser.add_argument(
        "--markdown", type=Path, help="also leave the table of the documentation in this file"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
