"""Notices when code of the functions changes."""

import threading
from pathlib import Path

from watchfiles import Change, watch

_SUFFIXES = (".py", ".sql")


class CodeWatch:
    """Watches a directory from a thread of its own; `take_changes` is for the thread that acts on them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._changed: set[Path] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="code-watch", daemon=True)
        self._thread.start()

    def take_changes(self) -> list[Path]:
        """Files changed since the last call, relative to the directory."""
        with self._lock:
            changed, self._changed = self._changed, set()
        return sorted(path.relative_to(self._directory) for path in changed)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        # step: how long files must be quiet, so that a save of several is one change
        for changes in watch(
            self._directory, watch_filter=_is_code, stop_event=self._stop, step=100, rust_timeout=500
        ):
            with self._lock:
                self._changed.update(Path(path) for _, path in changes)


def _is_code(_: Change, path: str) -> bool:
    return path.endswith(_SUFFIXES) and not Path(path).name.startswith(".")
