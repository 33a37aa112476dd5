"""`make seed`: the demo studio from the command line."""

import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console

from seed.errors import SeedError
from seed.make import make_studio
from seed.options import parse_options
from seed.plan import plan_studio
from seed.progress import SeedProgress, summarize
from seed.run import Fate, Tally
from seed.steps import Step
from seed.studio import SIZES, build_studio

_INTERRUPTED = 130  # as shells say it: 128 and the number of SIGINT


def main(arguments: Sequence[str]) -> int:
    """Make the studio; 1 when something went wrong, 130 when interrupted."""
    options = parse_options(arguments, os.environ)
    os.environ["FIRESTORE_EMULATOR_HOST"] = options.firestore_emulator
    console, started, tally = Console(highlight=False), time.monotonic(), Tally()
    studio = build_studio(SIZES[options.size])
    plan = plan_studio(studio, datetime.now(UTC))
    try:
        with SeedProgress(console, plan) as progress:

            def report(step: Step, fate: Fate) -> None:
                tally.add(step, fate)
                progress.advance(step)

            make_studio(studio, plan, options, report)
    except SeedError as problem:
        console.print(f"[red]✗[/red] {problem}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped; running it again goes on from here.")
        return _INTERRUPTED
    for line in summarize(studio, tally, time.monotonic() - started):
        console.print(f"[green]✓[/green] {line}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
