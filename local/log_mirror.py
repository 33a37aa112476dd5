"""Shows on one terminal what the parts write to their logs."""

from collections.abc import Callable, Mapping
from pathlib import Path


class LogMirror:
    """Follows log files that may not exist yet."""

    def __init__(self, logs: Mapping[str, Path], show: Callable[[str, str], None]) -> None:
        """`show` gets the name of a log and one line of it."""
        self._logs = logs
        self._show = show
        self._offsets = dict.fromkeys(logs, 0)

    def pump(self) -> None:
        """Show the whole lines that came since the last call."""
        for name, path in self._logs.items():
            if not path.exists():
                continue
            with path.open("rb") as file:
                file.seek(self._offsets[name])
                content = file.read()
            end = content.rfind(b"\n") + 1
            self._offsets[name] += end
            for line in content[:end].decode(errors="replace").splitlines():
                self._show(name, line)
