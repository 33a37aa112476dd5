"""The local suite: which parts there are, in which order they start, what they tell each other."""

import sys
import time
from datetime import UTC, datetime

from local import auth, emulator, postgres
from local.code_watch import CodeWatch
from local.console import SuiteConsole
from local.demo_accounts import choose, read_roles
from local.environment import FUNCTIONS, ROOT, backend_environment, channels_environment
from local.example import booking_commands, find_open_slot
from local.fcm import process as fcm
from local.functions_host import host
from local.functions_host.host import FunctionsHost
from local.functions_host.scheduler import Scheduler, jobs_of, read_index
from local.log_mirror import LogMirror
from local.mail import process as mail
from local.options import Options
from local.parts import Part, Parts
from local.ports import LOOPBACK, require_free
from local.processes import spawn
from local.relay import PART as RELAY
from local.relay import RelayWorker
from local.reloading import Reloading
from local.signals import StopSignals
from local.supervision import Supervision
from local.workspace import Workspace

_LOGS = ("postgres", "firestore", "auth", "functions", "relay", "fcm", "mail", "migrations", "projections")


class Suite:
    """All parts of one project on this machine. `stop` must be called, whatever happened before."""

    def __init__(
        self, options: Options, workspace: Workspace, console: SuiteConsole, signals: StopSignals
    ) -> None:
        self._options = options
        self._workspace = workspace
        self._console = console
        self._parts = Parts()
        logs = {name: workspace.log(name) for name in _LOGS} if options.verbose else {}
        mirror = LogMirror(logs, console.log_line)
        self._supervision = Supervision(self._parts, signals, console, mirror, workspace.logs)
        ports = options.ports
        self._database_url = options.database_url or postgres.application_url(ports.postgres)
        self._environment = backend_environment(
            self._database_url,
            f"{LOOPBACK}:{ports.firestore}",
            f"{LOOPBACK}:{ports.auth}",
            options.project,
        )
        self._environment |= channels_environment(
            f"http://{LOOPBACK}:{ports.fcm}", mail.smtp_url(ports.smtp), workspace.mail_certificate
        )
        self._environment["RATE_LIMITS"] = "on"

    def start(self) -> None:
        """Start all parts, those that do not need each other at once, and return when all are ready.

        Raises PortTaken before anything is started, PartFailed, SetupMissing and Stopped.
        """
        self._require_ports()
        self._start_auth()  # takes longest by far
        self._start_postgres()
        self._start_channels()
        self._start_functions()
        firestore = self._start_emulator()
        self._migrate()
        self._supervision.await_ready(firestore)
        self._relay = RelayWorker(self._environment, self._workspace.log("relay"))
        self._parts.add(Part(RELAY, "Postgres → Firestore", self._relay, self._relay.is_ready))
        self._supervision.await_ready(*self._parts)
        self._environment["FUNCTIONS_URL"] = self._functions.url
        self._workspace.write_environment(self._environment)
        if self._workspace.has_data or self._options.database_url:
            self._run("Projections", "courtside.relay.rebuild")

    def seed(self) -> None:
        """Make the demo data, unless none is wanted; the seed shows its own progress."""
        if size := self._options.seed_size:
            command = [sys.executable, "-m", "seed", "--size", size]
            self._supervision.run(spawn("Seed", command, log=None, env=self._environment, cwd=ROOT))

    def show_board(self) -> None:
        """Print where everything is, who can sign in, and a first booking to try."""
        rows = [(part.name, f"{part.seconds or 0:.1f} s", part.where) for part in self._parts]
        accounts = choose(self._auth.accounts(), read_roles(self._database_url))
        self._console.board(rows, accounts)
        client = next((demo.account for demo in accounts if demo.role == "client"), None)
        slot = find_open_slot(self._options.project, self._environment["FIRESTORE_EMULATOR_HOST"])
        if client is not None and slot is not None:
            self._console.example(booking_commands(self._auth.host, self._functions.url, client, slot))
        self._console.note(f"Logs are in {self._workspace.logs}; Ctrl-C stops everything")

    def supervise(self) -> None:
        """Follow code changes and schedules until a signal or the end of a part; never returns."""
        scheduler = Scheduler(self._functions.url, self._console.problem)
        self._supervision.at_end.callback(scheduler.close)
        jobs = jobs_of(read_index(self._functions.url))
        # A machine that sleeps at night misses the nightly jobs, so each runs once at the start as well.
        scheduler.call(jobs, datetime.now(UTC))
        reloading = [self._reloading().turn] if self._options.reload else []
        self._supervision.run_forever(lambda: scheduler.tick(jobs, datetime.now(UTC)), *reloading)

    def stop(self) -> None:
        """End everything that was started, and nothing else."""
        self._workspace.environment_file.unlink(missing_ok=True)
        self._supervision.stop()

    def _require_ports(self) -> None:
        ports = self._options.ports
        if self._options.database_url is None:
            require_free(ports.postgres, postgres.PART, "--port-postgres")
        require_free(ports.firestore, emulator.PART, "--port-firestore")
        require_free(ports.functions, host.PART, "--port-functions")
        require_free(ports.auth, auth.PART, "--port-auth")
        require_free(ports.fcm, fcm.PART, "--port-fcm")
        require_free(ports.smtp, mail.PART, "--port-smtp")
        require_free(ports.mail, mail.PART, "--port-mail")

    def _start_auth(self) -> None:
        port, project, log = self._options.ports.auth, self._options.project, self._workspace.log("auth")
        self._auth = auth.spawn_auth(port, project, self._workspace.auth, log)
        address = f"http://{self._auth.host}"
        self._parts.add(Part(auth.PART, address, self._auth.process, self._auth.is_ready))

    def _start_channels(self) -> None:
        """What pushes and mails go to, instead of phones and mailboxes."""
        ports, log = self._options.ports, self._workspace.log
        pushes = fcm.spawn_fcm(ports.fcm, log("fcm"))
        self._parts.add(Part(fcm.PART, pushes.url, pushes.process, pushes.is_ready))
        mails = mail.spawn_mail(ports.smtp, ports.mail, self._workspace.mail_certificate, log("mail"))
        where = f"{mails.url}   SMTP on port {ports.smtp}"
        self._parts.add(Part(mail.PART, where, mails.process, mails.is_ready))

    def _start_functions(self) -> None:
        port, project = self._options.ports.functions, self._options.project
        log = self._workspace.log("functions")
        self._functions = FunctionsHost(port, self._environment, log=log, project=project)
        self._parts.add(Part(host.PART, self._functions.url, self._functions, self._functions.has_started))
        self._functions.reload()

    def _start_emulator(self) -> Part:
        port, project = self._options.ports.firestore, self._options.project
        kept = self._workspace.firestore if self._options.data is not None else None
        server = emulator.spawn_emulator(
            port, project, self._workspace.log("firestore"), emulator.product_options(kept)
        )
        part = Part(emulator.PART, f"http://{server.host}", server.process, lambda: emulator.is_ready(server))
        return self._parts.add(part)

    def _start_postgres(self) -> None:
        if self._options.database_url is not None:
            postgres.require_supported(self._options.database_url)
            return
        started = time.monotonic()
        durable, log = self._options.data is not None, self._workspace.log("postgres")
        url, process = postgres.start_postgres(
            self._workspace.postgres, durable=durable, port=self._options.ports.postgres, log=log
        )
        self._parts.add(Part(postgres.PART, url, process, lambda: True, stops_last=True, started=started))

    def _reloading(self) -> Reloading:
        code = CodeWatch(FUNCTIONS)
        self._supervision.at_end.callback(code.close)
        return Reloading(
            code,
            self._functions,
            self._console,
            migrate=self._migrate,
            after_reload=self._relay.restart,
        )

    def _migrate(self) -> None:
        self._run("Migrations", "courtside.db.migrate")

    def _run(self, name: str, module: str) -> None:
        log = self._workspace.log(name.lower())
        command = [sys.executable, "-m", module]
        self._supervision.run(spawn(name, command, log=log, env=self._environment, cwd=FUNCTIONS))
