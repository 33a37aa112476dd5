"""Two versions of the code at work on one schema, as in every deployment."""

from courtside.db.outbox import want_everything
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from local.environment import ROOT
from local.functions_host.host import FunctionsHost
from tests.faults.arena import Arena
from tests.faults.catalogue import not_injected, row
from tests.faults.older_code import commits_before_migrations, unpack_older_functions

_FAULT = "new schema under old and new code"


def versions_overlap(arena: Arena) -> int:
    """The schema is the new one from the start; people meet old and new functions in turn, workers are of both."""
    old = unpack_older_functions(arena.folder / "old")
    arena.start_worker(PYTHONPATH=f"{old}:{ROOT}")
    hosts = [arena.functions, arena.spawn_functions(old)]
    turns = 4 if arena.quick else 10
    for turn in range(turns):
        arena.functions = hosts[(turn + 1) % 2]
        arena.act(20)
    _end_old_code(arena, hosts)
    return turns // 2


def _end_old_code(arena: Arena, hosts: list[FunctionsHost]) -> None:
    """The new code alone; it writes once more whatever an older projection may have written."""
    new, old = hosts
    arena.functions = new
    old.stop()
    arena.workers.pop().process.stop()
    arena.act(5)
    run_transaction(arena.world.backends.pool, lambda connection: want_everything(Reader(connection)))


if commits_before_migrations():
    row(
        40,
        _FAULT,
        injected="functions and a worker from before a newer migration, beside the new ones",
        expected="both keep every guarantee on the new schema",
        invariants="I3 I4",
    )(versions_overlap)
else:
    not_injected(40, _FAULT, reason="there is no history from which to take older code")
