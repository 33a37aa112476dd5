"""PostgreSQL of the wheel, for real: fast or durable, kept or not, and never two servers on one directory."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from local.errors import PartFailed, PortTaken
from local.ports import free_port
from local.postgres import PostgresServer, running_postgres
from local.processes import ChildProcess


@pytest.fixture(autouse=True)
def no_configured_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "postgres"


def ask(server: PostgresServer, query: str) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def own_process(server: PostgresServer) -> ChildProcess:
    assert server.process is not None
    return server.process


def port_of(server: PostgresServer) -> int:
    port = urlsplit(server.url).port
    assert port is not None
    return port


def remember(server: PostgresServer, number: int) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS remembered (number integer)")
        connection.execute("INSERT INTO remembered VALUES (%s)", [number])


def test_server_listens_on_loopback_with_what_the_schema_needs() -> None:
    with running_postgres() as server:
        assert server.url.startswith("postgresql://postgres@127.0.0.1:")
        assert ask(server, "SELECT current_database()") == "courtside"
        assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(server, "SHOW max_connections") == "200"
        assert ask(server, "SHOW fsync") == "off"
        extensions = "SELECT count(*) FROM pg_available_extensions WHERE name IN ('btree_gist', 'pg_trgm')"
        assert ask(server, extensions) == 2


def test_data_without_a_directory_is_gone_afterwards() -> None:
    with running_postgres() as server:
        directory = Path(str(ask(server, "SHOW data_directory")))
        pid = own_process(server).pid

    assert not directory.exists()
    assert not psutil.pid_exists(pid)


def test_kept_data_is_found_again_on_the_port_that_is_asked_for(data: Path) -> None:
    with running_postgres(data, durable=True) as server:
        remember(server, 1)
        assert ask(server, "SHOW fsync") == "on"

    port = free_port()
    with running_postgres(data, durable=True, port=port) as server:
        assert port_of(server) == port
        assert ask(server, "SELECT number FROM remembered") == 1


def test_killed_server_leaves_data_that_the_next_one_recovers(data: Path) -> None:
    with running_postgres(data, durable=True) as server:
        remember(server, 1)
        own_process(server).popen.send_signal(signal.SIGKILL)

    assert (data / "postmaster.pid").exists()
    with running_postgres(data, durable=True) as server:
        assert ask(server, "SELECT number FROM remembered") == 1


def test_pid_file_that_names_another_server_by_now_is_no_obstacle(data: Path) -> None:
    with running_postgres(data):
        lines = (data / "postmaster.pid").read_text().splitlines()

    with running_postgres() as other:
        (data / "postmaster.pid").write_text("\n".join([str(own_process(other).pid), *lines[1:]]) + "\n")
        with running_postgres(data) as server:
            assert ask(server, "SELECT 1") == 1


def test_second_server_on_the_same_data_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.postgres_cluster._LEAVING_SERVER_SECONDS", 0.1)
    with running_postgres(data) as first:
        pid = own_process(first).pid

        with (
            pytest.raises(PartFailed, match=f"server with pid {pid} already runs on it"),
            running_postgres(data),
        ):
            pass

        assert ask(first, "SELECT 1") == 1


def test_taken_port_is_refused_before_anything_is_made(data: Path) -> None:
    with running_postgres() as server, pytest.raises(PortTaken), running_postgres(data, port=port_of(server)):
        pass

    assert not data.exists()


def test_directory_with_something_else_in_it_is_left_alone(data: Path) -> None:
    data.mkdir()
    (data / "thesis.txt").write_text("unsaved")

    with (
        pytest.raises(PartFailed, match="neither empty nor a PostgreSQL data directory"),
        running_postgres(data),
    ):
        pass

    assert [path.name for path in data.iterdir()] == ["thesis.txt"]


def test_data_of_another_major_version_is_refused(data: Path) -> None:
    with running_postgres(data):
        pass
    (data / "PG_VERSION").write_text("14\n")

    with pytest.raises(PartFailed, match=r"is of PostgreSQL 14, this is 18"), running_postgres(data):
        pass


def test_interrupted_first_start_is_begun_anew(data: Path) -> None:
    unfinished = data.with_name("postgres.unfinished")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")

    with running_postgres(data) as server:
        assert ask(server, "SELECT 1") == 1
    assert not unfinished.exists()


@pytest.fixture
def configured_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    with running_postgres() as server:
        monkeypatch.setenv("DATABASE_URL", server.url.replace("/courtside", "/postgres"))
        yield server


def test_configured_server_is_used_as_it_is_and_left_running(configured_server: PostgresServer) -> None:
    with running_postgres() as server:
        assert server.process is None
        assert ask(server, "SELECT current_database()") == "postgres"

    assert ask(configured_server, "SELECT 1") == 1


def test_configured_server_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@127.0.0.1:{free_port()}/courtside")

    with pytest.raises(PartFailed, match="does not answer at DATABASE_URL"), running_postgres():
        pass


@pytest.mark.skipif(
    shutil.which("setpriv") is None, reason="only Linux keeps root's directories closed this way"
)
def test_server_runs_in_a_directory_that_only_its_owner_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with running_postgres(closed / "postgres") as server:
        assert ask(server, "SELECT 1") == 1
