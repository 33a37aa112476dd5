"""A studio behind its doors, and the check that an attack is refused, changes nothing and gives nothing away."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from local.environment import ROOT, backend_environment
from local.functions_host.host import running_functions
from tests.attacks import targets
from tests.attacks.attempt import Answer, Attempt, with_names
from tests.attacks.doors import Doors
from tests.attacks.host import running_hosts
from tests.world import World

# Answers that were given, calls that were counted, and what processes tell of themselves.
_NO_FACTS = (
    "commands",
    "migrations",
    "rate_limits",
    "relay_latencies",
    "relay_retries",
    "relay_workers",
)
# Nothing is ever called there: it is what makes firebase-admin accept unsigned tokens.
_NO_AUTH = "127.0.0.1:1"


@dataclass(frozen=True)
class State:
    """Everything that an attack could change: a digest of each table's rows, and every document."""

    rows: Mapping[str, str]
    documents: str


@dataclass
class Arena:
    """One project: its database, its documents, its functions as they are served, and the names of its things."""

    _world: World
    doors: Doors
    names: Mapping[str, str]
    log: Path
    # As the last attack left it, until somebody acts.
    _state: State | None = None

    @property
    def world(self) -> World:
        """The commands in this process, for whoever prepares an attack."""
        self.expect_change()
        return self._world

    def expect_change(self) -> None:
        """Somebody acts who may: what that leaves is what attacks must not change."""
        self._state = None

    def try_(self, attempt: Attempt) -> Answer:
        """Carry out an attempt on the things that it names."""
        names = {**self.names, **_moments(), "root": f"{self.doors.database}/documents"}
        return self.doors.try_(
            replace(
                attempt,
                what=with_names(attempt.what, names),
                content=with_names(attempt.content, names),
            )
        )

    def withstand(self, *attempts: Attempt) -> None:
        """Fails unless each attempt is refused as declared, changes nothing, and tells nothing that is secret."""
        with self.unchanged():
            answers = [self.try_(attempt) for attempt in attempts]
        for attempt, answer in zip(attempts, answers, strict=True):
            assert answer.verdict == attempt.refused, f"{attempt}: {answer.text}"
            self.assert_keeps_secrets(answer)

    def succeed(self, attempt: Attempt) -> Answer:
        """Carry out what must not be refused."""
        self.expect_change()
        answer = self.try_(attempt)
        assert answer.verdict == "OK", answer.text
        return answer

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Fails if anything is other than before when the block ends."""
        before = self._state or self._look()
        yield
        after = self._state = self._look()
        changed = [table for table, rows in after.rows.items() if rows != before.rows[table]]
        assert not changed, f"rows changed: {changed}"
        assert after.documents == before.documents, "documents changed"

    def assert_keeps_secrets(self, answer: Answer) -> None:
        """Fails if an answer holds what only its owner may read."""
        secrets = (targets.SECRET_PHONE, targets.SECRET_REASON, self.names["webhook_secret"])
        assert not [secret for secret in secrets if secret in answer.text]

    def _look(self) -> State:
        each = (
            f"SELECT '{table}', string_agg(to_jsonb(t)::text, E'\\n' ORDER BY to_jsonb(t)::text) FROM {table} AS t"
            for table in self._tables
        )
        rows = self._world.rows(" UNION ALL ".join(each))
        digests = {table: sha256((text or "").encode()).hexdigest() for table, text in rows}
        return State(digests, self.doors.documents())

    @cached_property
    def _tables(self) -> list[str]:
        found = self._world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return sorted(name for (name,) in found if name not in _NO_FACTS)


def _moments() -> dict[str, str]:
    """Times near the present, as Firestore takes them."""
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    return {
        "a_moment_ago": f"{(now - timedelta(seconds=2)).isoformat()}Z",
        "in_half_an_hour": f"{(now + timedelta(minutes=30)).isoformat()}Z",
    }


@contextmanager
def open_arena(database_url: str, emulator_host: str, scratch: Path) -> Iterator[Arena]:
    """A studio that is open for attacks while the block runs."""
    project = f"demo-{uuid4().hex[:12]}"
    world = World.of(database_url, emulator_host, project=project)
    log = scratch / "functions.log"
    environment = backend_environment(database_url, emulator_host, _NO_AUTH, project)
    try:
        names = targets.open_studio(world)
        with (
            running_hosts() as trusted,
            running_functions(
                {**environment, "EXCHANGE_ISSUERS": trusted}, project=project, log=log
            ) as functions,
        ):
            doors = Doors(project, functions.url, emulator_host, targets.claims_by_name())
            doors.put_rules((ROOT / "firestore.rules").read_text())
            yield Arena(world, doors, names, log)
            doors.http.close()
    finally:
        world.close()
