"""A durable Postgres of a row's own, at one port for as long as the row runs: stopped, started, replaced by a copy."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from local.ports import LOOPBACK
from local.postgres import start_postgres
from local.postgres_cluster import SUPERUSER, program
from local.processes import ChildProcess
from tests.integration.relay.rest import wait_until

_SERVER_ACCOUNT = "nobody"


@dataclass
class OwnPostgres:
    """A server that answers at `url`, when it does."""

    url: str
    process: ChildProcess
    data: Path
    log: Path

    @property
    def port(self) -> int:
        """Where it listens, also after it was started again."""
        return int(str(conninfo_to_dict(self.url)["port"]))

    def stop_immediately(self) -> None:
        """As `pg_ctl stop -m immediate`: no checkpoint, no word to anybody; the next start recovers."""
        self.process.popen.send_signal(signal.SIGQUIT)
        wait_until(self.process.has_ended, "Postgres to stop")
        self.process.kill()

    def start(self) -> None:
        """Start on the data that there are."""
        self.url, self.process = start_postgres(self.data, durable=True, port=self.port, log=self.log)

    def copy_to(self, data: Path) -> None:
        """Copy the running server, as a replica is made that then falls behind."""
        command = [program("pg_basebackup"), "-D", str(data), "--checkpoint=fast", "--wal-method=stream"]
        command += ["--host", LOOPBACK, "--port", str(self.port), "--username", SUPERUSER]
        subprocess.run(command, check=True, capture_output=True)
        if os.geteuid() == 0:
            for path in (data, *data.rglob("*")):
                shutil.chown(path, _SERVER_ACCOUNT)

    def fail_over_to(self, data: Path) -> None:
        """Stop, for good, and start a copy in its place."""
        self.stop_immediately()
        self.data = data
        self.start()


@contextmanager
def own_postgres(folder: Path) -> Iterator[OwnPostgres]:
    """A server with its data in a folder while the block runs, whatever becomes of it meanwhile."""
    data, log = folder / "postgres", folder / "postgres.log"
    url, process = start_postgres(data, durable=True, port=None, log=log)
    server = OwnPostgres(url, process, data, log)
    try:
        yield server
    finally:
        server.process.stop()
