"""The official suite with what it lacks: Postgres below the functions, the relay worker beside them."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from local import auth, emulator, postgres
from local.console import SuiteConsole
from local.environment import FUNCTIONS, ROOT, backend_environment
from local.errors import SetupMissing
from local.functions_host import host
from local.log_mirror import LogMirror
from local.official.options import Options
from local.official.project import lay_out
from local.official.stand_in import require_official, write_stand_in
from local.parts import Part, Parts
from local.ports import LOOPBACK, require_free
from local.processes import ChildProcess, spawn
from local.relay import PART as RELAY
from local.relay import RelayWorker
from local.signals import StopSignals
from local.supervision import Supervision
from local.workspace import Workspace

PART = "Firebase suite"
_REGION = "us-central1"
_CLI = ROOT / "node_modules" / ".bin" / "firebase"
_READY = "All emulators ready!"


class OfficialSuite:
    """All that runs. `stop` must be called, whatever happened before."""

    def __init__(self, options: Options, scratch: Path, console: SuiteConsole, signals: StopSignals) -> None:
        self._options = options
        self._scratch = scratch
        self._console = console
        self._workspace = replace(Workspace.open(options.notes, scratch), data=scratch, has_data=False)
        self._parts = Parts()
        self._project = scratch / "project"
        logs = {
            "firebase": self._workspace.log("firebase"),
            "firestore": self._project / "firestore-debug.log",  # where the CLI puts what the emulator says
        }
        mirror = LogMirror(logs, console.log_line)
        self._supervision = Supervision(self._parts, signals, console, mirror, self._workspace.logs)
        ports = options.ports
        self._environment = backend_environment(
            options.database_url or postgres.application_url(ports["postgres"]),
            f"{LOOPBACK}:{ports['firestore']}",
            f"{LOOPBACK}:{ports['auth']}",
            options.project,
        )
        self._environment["RATE_LIMITS"] = "on"
        self._environment["FUNCTIONS_URL"] = (
            f"http://{LOOPBACK}:{ports['functions']}/{options.project}/{_REGION}"
        )

    def start(self) -> None:
        """Start all parts; returns when the Firebase CLI says that its emulators are ready.

        Raises PortTaken before anything is started, PartFailed, SetupMissing and Stopped.
        """
        self._require_ports()
        self._require_programs()
        self._start_postgres()
        self._run("Migrations", "courtside.db.migrate")
        suite = self._parts.add(self._start_suite())
        self._supervision.await_ready(suite)
        relay = RelayWorker(self._environment, self._workspace.log("relay"))
        self._parts.add(Part(RELAY, "Postgres → Firestore", relay, relay.is_ready))
        self._supervision.await_ready(*self._parts)
        if self._options.database_url:
            self._run("Projections", "courtside.relay.rebuild")
        self._workspace.write_environment(self._environment)

    def show_board(self) -> None:
        """Print where everything is."""
        environment = self._environment
        addresses = {
            "Functions": environment["FUNCTIONS_URL"],
            "Firestore": f"http://{environment['FIRESTORE_EMULATOR_HOST']}",
            "Auth": f"http://{environment['FIREBASE_AUTH_EMULATOR_HOST']}",
        }
        ready = {part.name: f"{part.seconds or 0:.1f} s" for part in self._parts}
        rows = [(name, ready[PART], address) for name, address in addresses.items()]
        rows += [(part.name, ready[part.name], part.where) for part in self._parts if part.name != PART]
        self._console.board(rows, ())
        self._console.note(f"Logs are in {self._workspace.logs}; Ctrl-C stops everything")

    def supervise(self) -> None:
        """Wait for a signal or the end of a part; never returns."""
        self._supervision.run_forever()

    def stop(self) -> None:
        """End everything that was started, and nothing else."""
        self._workspace.environment_file.unlink(missing_ok=True)
        self._supervision.stop()

    def _require_ports(self) -> None:
        names = {"firestore": emulator.PART, "functions": host.PART, "auth": auth.PART}
        if self._options.database_url is None:
            names["postgres"] = postgres.PART
        for part, name in names.items():
            require_free(self._options.ports[part], name, f"--port-{part}")

    def _require_programs(self) -> None:
        if not _CLI.exists():
            raise SetupMissing("The Firebase CLI is not installed: run `make node`.")
        if self._options.official:
            require_official(Path.home(), os.environ)

    def _start_postgres(self) -> None:
        if self._options.database_url is not None:
            postgres.require_supported(self._options.database_url)
            return
        started, port = time.monotonic(), self._options.ports["postgres"]
        url, process = postgres.start_postgres(
            self._workspace.postgres, durable=False, port=port, log=self._workspace.log("postgres")
        )
        self._parts.add(Part(postgres.PART, url, process, lambda: True, stops_last=True, started=started))

    def _start_suite(self) -> Part:
        ports = {name: port for name, port in self._options.ports.items() if name != "postgres"}
        lay_out(self._project, ports)
        process = spawn(
            PART,
            [str(_CLI), "emulators:start", "--project", self._options.project],
            log=self._workspace.log("firebase"),
            env={
                **auth.private_environment(self._scratch),
                **self._firestore(),
                "DATABASE_URL": self._environment["DATABASE_URL"],
            },
            cwd=self._project,
            stop_signal=signal.SIGINT,
        )
        return Part(PART, "Auth, Functions, Firestore", process, lambda: _is_ready(process))

    def _firestore(self) -> dict[str, str]:
        """What makes the CLI use the Firestore emulator of choice."""
        return {} if self._options.official else write_stand_in(self._scratch / "bin", os.environ["PATH"])

    def _run(self, name: str, module: str) -> None:
        log = self._workspace.log(name.lower())
        command = [sys.executable, "-m", module]
        self._supervision.run(spawn(name, command, log=log, env=self._environment, cwd=FUNCTIONS))


def _is_ready(process: ChildProcess) -> bool:
    return any(_READY in line for line in process.last_lines(100))
