"""`make suite` from the command line."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from local.console import SuiteConsole
from local.errors import SuiteError
from local.official.options import parse_options
from local.official.suite import OfficialSuite
from local.signals import StopSignals
from local.supervision import Stopped


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the suite until it is told to stop; 1 when something went wrong before that."""
    options = parse_options(arguments, environment)
    console = SuiteConsole()
    with StopSignals() as signals, TemporaryDirectory(prefix="courtside-suite-") as scratch:
        suite = OfficialSuite(options, Path(scratch), console, signals)
        try:
            suite.start()
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
    sys.exit(main(sys.argv[1:], os.environ))
