"""Where a row is injected: its own database and emulator, functions, relay workers, screens and a load."""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from courtside.db.migrate import migrate
from local.emulator import EmulatorServer, is_ready, spawn_emulator
from local.environment import DEFAULT_PROJECT, FUNCTIONS, backend_environment
from local.functions_host.host import FunctionsHost
from local.ports import free_port
from tests.faults.bookkeeping import watch_books
from tests.faults.catalogue import Setup
from tests.faults.emulator_faults import EmulatorFaults
from tests.faults.load import Load
from tests.faults.own_postgres import OwnPostgres, own_postgres
from tests.faults.screens import Screens, running_screens, wait_until_listening
from tests.faults.small_disk import SmallDisk, postgres_on_small_disk
from tests.faults.studio import Studio, open_studio
from tests.faults.workers import WorkerProcess, running_worker
from tests.integration.relay.database_clock import DatabaseClock, movable_clock
from tests.integration.relay.rest import wait_until
from tests.world import World

# Unsigned tokens are accepted once an Auth emulator is named; it is never called.
_NO_AUTH_EMULATOR = "127.0.0.1:9"
_NO_EMULATOR = "127.0.0.1:9"
_START_SECONDS = 60.0
# Leases are short, so that the work of the dead is taken over within the time that a row has.
_VARIABLES = {"WORKER_LEASE_SECONDS": "2", "LEASE_SECONDS": "1", "DRAIN_DEADLINE_SECONDS": "1"}


@dataclass(frozen=True)
class Template:
    """A database with an open studio, of which every row gets a copy."""

    url: str
    studio: Studio

    @classmethod
    def make(cls, url: str) -> "Template":
        """Migrate a database and open the studio in it; nothing may be connected to it afterwards."""
        migrate(url)
        world = World.of(url, _NO_EMULATOR)
        try:
            return cls(url, open_studio(world))
        finally:
            world.close()

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """The URL of a copy of this name while the block runs."""
        original = conninfo_to_dict(self.url)["dbname"]
        maintenance = make_conninfo(self.url, dbname="postgres")
        copy, template = sql.Identifier(name), sql.Identifier(str(original))
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copy, template))
        try:
            yield make_conninfo(self.url, dbname=name)
        finally:
            with psycopg.connect(maintenance, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(copy))


@dataclass
class Arena:
    """The running parts. A row breaks them through this; what it starts ends with the arena."""

    setup: Setup
    world: World
    """For questions and judgement: it neither drains nor passes through what the row breaks."""
    studio: Studio
    emulator: EmulatorServer
    emulator_data: Path | None
    postgres: OwnPostgres | SmallDisk | None
    """The row's own server, if it asked for one."""
    clock: DatabaseClock | None
    """Postgres' clock, if the row asked for one that it can move."""
    screens: Screens
    folder: Path
    random: Random
    quick: bool
    variables: dict[str, str]
    stack: ExitStack
    load: Load = field(init=False)
    faults: EmulatorFaults = field(init=False)
    functions: FunctionsHost = field(init=False)
    workers: list[WorkerProcess] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """What the row itself saw that must not be."""

    @property
    def database_url(self) -> str:
        """The database, reached directly."""
        return self.world.backends.settings.database_url

    def act(self, answers: int) -> None:
        """Let the load go on until so many more commands were answered; fewer in a quick run."""
        self.load.wait_for_answers(max(3, answers // 3) if self.quick else answers)

    def hold(self, seconds: float) -> None:
        """Let things be as they are for a while, for faults under which nothing can be waited for."""
        time.sleep(seconds / 3 if self.quick else seconds)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note a violation, named `otherwise`, unless something holds."""
        if not holds:
            self.violations.append(otherwise)

    def start_worker(self, **variables: str) -> WorkerProcess:
        """One more relay worker."""
        environment = {**self.variables, **variables}
        worker = self.stack.enter_context(
            running_worker(self.world, self.folder, module=self.setup.worker, **environment)
        )
        self.workers.append(worker)
        return worker

    def start_functions(self, **variables: str) -> None:
        """Functions that answer the load from now on; those before, if any, are killed."""
        before = getattr(self, "functions", None)
        self.functions = self.spawn_functions(**variables)
        if before is not None:
            before.kill()

    def spawn_functions(self, source: Path = FUNCTIONS, /, **variables: str) -> FunctionsHost:
        """Functions beside those that answer the load."""
        settings = self.world.backends.settings
        assert settings.firestore_emulator is not None
        environment = backend_environment(
            settings.database_url, settings.firestore_emulator, _NO_AUTH_EMULATOR, settings.project
        )
        host = FunctionsHost(
            0,
            {**environment, **self.variables, **variables},
            log=self.folder / "functions.log",
            project=settings.project,
            source=source,
        )
        self.stack.callback(host.kill)
        host.start()
        return host

    def restart_emulator(self) -> None:
        """kill -9, and another at the same place; it has the documents only if the setup keeps them."""
        self.emulator.process.kill()
        port = int(self.emulator.host.rpartition(":")[2])
        self.emulator = _spawn_emulator(port, self.emulator_data, self.folder)

    def write_journal(self, path: Path) -> None:
        """Leave every command and its outcome in a file, one JSON object a line."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(entry) + "\n" for entry in self.load.told.journal))


@contextmanager
def running_arena(template: Template, setup: Setup, name: str, seed: int, *, quick: bool) -> Iterator[Arena]:
    """An arena at rest in which the load has begun."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="courtside-faults-")))
        postgres, url, studio = _database(stack, template, setup, name, folder)
        data = folder / "documents" if setup.keeps_documents else None
        emulator = _spawn_emulator(free_port(), data, folder)
        world = World.of(url, emulator.host, project=DEFAULT_PROJECT)
        world.drains = False
        stack.callback(world.close)
        watch_books(url)
        clock = _stopped_clock(stack, url, setup.clock_at)
        screens = stack.enter_context(running_screens(DEFAULT_PROJECT, emulator.host, folder))
        variables = {**_VARIABLES, **setup.variables}
        arena = Arena(
            setup,
            world,
            studio,
            emulator,
            data,
            postgres,
            clock,
            screens,
            folder,
            Random(seed),
            quick,
            variables,
            stack,
        )
        stack.callback(lambda: arena.emulator.process.stop())
        arena.faults = EmulatorFaults(emulator.host, seed)
        arena.start_functions()
        for _ in range(setup.workers):
            arena.start_worker()
        wait_until_listening(screens)
        arena.load = Load(lambda: arena.functions.url, DEFAULT_PROJECT, studio, seed, setup.bookers)
        stack.callback(lambda: arena.load.stop(0))
        arena.load.start()
        yield arena


def _database(
    stack: ExitStack, template: Template, setup: Setup, name: str, folder: Path
) -> tuple[OwnPostgres | SmallDisk | None, str, Studio]:
    server: OwnPostgres | SmallDisk
    if setup.postgres_disk_mb:
        server = stack.enter_context(postgres_on_small_disk(folder, setup.postgres_disk_mb))
    elif setup.own_postgres:
        server = stack.enter_context(own_postgres(folder))
    else:
        return None, stack.enter_context(template.copy(name)), template.studio
    return server, server.url, Template.make(server.url).studio


def _stopped_clock(stack: ExitStack, url: str, at: datetime | None) -> DatabaseClock | None:
    if at is None:
        return None
    clock = stack.enter_context(movable_clock(url))
    clock.set(at)
    return clock


def _spawn_emulator(port: int, data: Path | None, folder: Path) -> EmulatorServer:
    options = [] if data is None else ["--data", str(data)]
    emulator = spawn_emulator(port, DEFAULT_PROJECT, folder / "emulator.log", options)
    wait_until(lambda: is_ready(emulator), "the emulator to answer", _START_SECONDS)
    return emulator
