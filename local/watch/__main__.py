"""`make watch`: the live view from the command line."""

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from local.watch.frame import frame
from local.watch.options import Options, parse_options
from local.watch.watcher import Watcher

# How long a frame stands when nothing arrives: the clock moves on, highlights fade.
_TURN_SECONDS = 0.5
_ONCE_TIMEOUT_SECONDS = 15.0


def main(arguments: Sequence[str]) -> int:
    """Show the view until Ctrl-C; with `--once`, or into a file, one frame: then 1 when there is nothing to show."""
    options = parse_options(arguments, os.environ)
    os.environ["FIRESTORE_EMULATOR_HOST"] = options.firestore
    console = Console(highlight=False)
    with closing(Watcher(options)) as watcher:
        try:
            if options.once or not console.is_terminal:
                return show_once(watcher, options, console)
            show_live(watcher, options, console)
        except KeyboardInterrupt:
            pass
    return 0


def show_live(watcher: Watcher, options: Options, console: Console) -> None:
    """Draw a frame whenever something arrives, until Ctrl-C."""
    stopping = threading.Event()
    # A flag, not KeyboardInterrupt: that is lost where it strikes a callback of gRPC or a clean-up.
    signal.signal(signal.SIGINT, lambda number, frame: stopping.set())
    with Live(console=console, screen=True, auto_refresh=False) as screen:
        while not stopping.is_set():
            screen.update(_picture(watcher, options, console), refresh=True)
            watcher.turn(_TURN_SECONDS)


def show_once(watcher: Watcher, options: Options, console: Console) -> int:
    """Print one frame once every listener has answered; 1 when that does not come about."""
    deadline = time.monotonic() + _ONCE_TIMEOUT_SECONDS
    while watcher.state is None or watcher.state.awaited:
        if not watcher.is_connected or time.monotonic() > deadline:
            console.print(_waiting(watcher, options), soft_wrap=True)
            return 1
        watcher.turn(_TURN_SECONDS)
    console.print(_picture(watcher, options, console), height=console.height)
    return 0


def _picture(watcher: Watcher, options: Options, console: Console) -> RenderableType:
    if watcher.state is None:
        return _waiting(watcher, options)
    return frame(watcher.state, datetime.now(UTC), console.width, console.height)


def _waiting(watcher: Watcher, options: Options) -> Text:
    if not watcher.is_connected:
        return Text(f"Firestore does not answer at {options.firestore}. Start the suite with: make dev")
    return Text("There is no trainer yet; `make seed` brings some.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
