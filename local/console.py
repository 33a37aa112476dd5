"""What the suite says on the terminal."""

from collections.abc import Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo_accounts import DemoAccount
from local.errors import SuiteError
from local.parts import Part

_WIDER_THAN_ANYTHING = 1000


class SuiteConsole:
    """Plain lines while things happen, one board when all is ready."""

    def __init__(self, file: TextIO | None = None) -> None:
        """Write to `file`, or to the terminal, which then wraps what is too long: addresses stay whole."""
        self._console = Console(file=file, highlight=False, width=_WIDER_THAN_ANYTHING)

    def ready(self, part: Part) -> None:
        """A part became ready."""
        self._line("✓", "green", f"{part.name:<20} {part.seconds or 0:5.1f} s   {part.where}")

    def note(self, text: str) -> None:
        """Something that needs no action."""
        self._line("·", "dim", text)

    def problem(self, problem: SuiteError | str) -> None:
        """Something that needs a look; further lines are details."""
        self._line("✗", "red", str(problem))

    def log_line(self, name: str, line: str) -> None:
        """One line that a part logged."""
        self._console.print(Text.assemble((f"{name:>10} │ ", "cyan"), Text.from_ansi(line)), soft_wrap=True)

    def board(self, rows: Sequence[tuple[str, str, str]], accounts: Sequence[DemoAccount]) -> None:
        """Everything a person needs to begin: where the parts are, who can sign in."""
        self._console.print()
        self._console.print(parts_table(rows), soft_wrap=True)
        if accounts:
            self._console.print(accounts_table(accounts), soft_wrap=True)

    def example(self, commands: str) -> None:
        """Commands to copy, never wrapped."""
        self._console.print("Book a session\n", style="bold green")
        self._console.print(Text(commands), soft_wrap=True)
        self._console.print()

    def _line(self, mark: str, style: str, text: str) -> None:
        self._console.print(Text.assemble((f"{mark} ", style), text), soft_wrap=True)


def parts_table(rows: Sequence[tuple[str, str, str]]) -> Table:
    """Name, start time and address of each part."""
    return _table("Courtside is ready", ("Part", "Ready after", "Address"), rows)


def accounts_table(accounts: Sequence[DemoAccount]) -> Table:
    """Who can sign in, with what."""
    rows = [(demo.role, demo.account.email, demo.account.password, demo.account.uid) for demo in accounts]
    return _table("Demo accounts", ("Role", "E-mail", "Password", "uid"), rows)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold green", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    return table
