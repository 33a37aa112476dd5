"""`make dev`: the local suite from the command line."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from local.console import SuiteConsole
from local.errors import SuiteError
from local.options import parse_options
from local.signals import StopSignals
from local.suite import Suite
from local.supervision import Stopped
from local.workspace import Workspace


def main(arguments: Sequence[str]) -> int:
    """Run the suite until it is told to stop; 1 when something went wrong before that."""
    options = parse_options(arguments)
    console = SuiteConsole()
    with StopSignals() as signals, TemporaryDirectory(prefix="courtside-data-") as scratch:
        suite = Suite(options, Workspace.open(options.data, Path(scratch)), console, signals)
        try:
            suite.start()
            suite.seed()
            suite.show_board()
            suite.supervise()
        except Stopped:
            console.note("Stopping")
        except SuiteError as problem:
            console.problem(problem)
            return 1
        finally:
            suite.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
