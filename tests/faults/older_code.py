"""The functions as they were before a newer migration, taken from the repository's history."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from local.environment import ROOT

_MIGRATIONS = "functions/migrations"
_MOST_LOOKED_AT = 5


def commits_before_migrations() -> Sequence[str]:
    """For each of the newest migrations the last commit that did not know it, newest first; none without a history."""
    added = _git("log", f"-{_MOST_LOOKED_AT}", "--format=%H^", "--diff-filter=A", "--", _MIGRATIONS)
    parents = [_git("rev-parse", "--verify", "--quiet", name) for name in _lines(added)]
    return [line for parent in parents for line in _lines(parent)]


def unpack_older_functions(folder: Path) -> Path:
    """The folder `functions` as it was before the newest migration, or one before, at a commit whose code starts."""
    for commit in commits_before_migrations():
        archive = _git("archive", commit, "functions")
        assert archive is not None, f"{commit} is not in the history"
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        functions = folder / "functions"
        if _starts(functions):
            return functions
        shutil.rmtree(functions)
    raise AssertionError("no older code starts")


def _starts(functions: Path) -> bool:
    """Whether it imports: work in progress that was committed in parts does not."""
    environment = {**os.environ, "PYTHONPATH": str(functions)}
    command = [sys.executable, "-c", "import main"]
    return subprocess.run(command, cwd=functions, env=environment, capture_output=True).returncode == 0


def _lines(output: bytes | None) -> list[str]:
    return [] if output is None else output.decode().split()


def _git(*arguments: str) -> bytes | None:
    try:
        result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)
    except FileNotFoundError:
        return None
    return result.stdout if result.returncode == 0 else None
