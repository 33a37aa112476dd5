"""Puts changed code into service: migrations, then the functions, then the relay."""

from collections.abc import Callable, Sequence
from pathlib import Path

from local.code_watch import CodeWatch
from local.console import SuiteConsole
from local.errors import PartFailed, with_last_lines
from local.functions_host.host import Change, FunctionsHost


class Reloading:
    """Follows the changes that a watch sees; `turn` takes the next step and never blocks for long."""

    def __init__(
        self,
        code: CodeWatch,
        functions: FunctionsHost,
        console: SuiteConsole,
        *,
        migrate: Callable[[], None],
        after_reload: Callable[[], None],
    ) -> None:
        """`after_reload` is called once the functions serve new code, which then has been seen to import."""
        self._code = code
        self._functions = functions
        self._console = console
        self._migrate = migrate
        self._after_reload = after_reload

    def turn(self) -> None:
        """Start a reload when files changed; tell how a running one ended."""
        if changed := self._code.take_changes():
            self._console.note(f"Changed: {', '.join(map(str, changed))}")
            if touches_migrations(changed):
                self._try_to_migrate()
            self._functions.reload()
        change = self._functions.poll()
        if change is Change.READY:
            self._after_reload()
            self._console.note("The functions and the relay run the new code")
        elif change is Change.REFUSED:
            problem = "The new code does not start; the code before it keeps serving."
            self._console.problem(with_last_lines(problem, self._functions.refusal))

    def _try_to_migrate(self) -> None:
        try:
            self._migrate()
        except PartFailed as failure:
            self._console.problem(failure)


def touches_migrations(changed: Sequence[Path]) -> bool:
    """Whether a change, relative to the functions' directory, may need the database to follow."""
    return any(path.parts[0] == "migrations" for path in changed)
