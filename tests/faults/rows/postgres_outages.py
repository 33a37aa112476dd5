"""Postgres itself goes away: its sessions, its process, its newest commits, its disk."""

from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, not_injected, row
from tests.faults.direct import direct, end_connections
from tests.faults.own_postgres import OwnPostgres
from tests.faults.probe import OK, expect_quick_refusals, probe, probe_together
from tests.faults.small_disk import SmallDisk, may_mount
from tests.integration.relay.rest import wait_until

_PROBES = 4
# The wait for a connection, and a moment.
_LONGEST_REFUSAL_SECONDS = 4.5
_BACK_AT_WORK_SECONDS = 10.0


@row(
    4,
    "all backends terminated",
    injected="every connection of the product's is ended at once, again and again",
    expected="commands at work are told to try again; idle connections are replaced before anybody gets one",
    invariants="I8 I10",
)
def backends_are_terminated(arena: Arena) -> int:
    """As an administrator, a failover or a memory limit does."""
    ended = 0
    with direct(arena) as connection:
        for _ in range(3 if arena.quick else 8):
            ended += end_connections(connection)
            arena.act(20)
    return ended


@row(
    5,
    "Postgres stops immediately and starts again",
    injected="`pg_ctl stop -m immediate` under load, down for a moment, crash recovery",
    expected="TRY_AGAIN while it is down, recovery by itself, no acknowledged booking lost",
    invariants="I1 I3 I10",
    setup=Setup(own_postgres=True),
)
def postgres_stops_immediately(arena: Arena) -> int:
    """With durable commits, as in production."""
    server = arena.postgres
    assert isinstance(server, OwnPostgres)
    stops = 1 if arena.quick else 3
    for _ in range(stops):
        server.stop_immediately()
        expect_quick_refusals(arena, probe_together(arena, _PROBES), seconds=_LONGEST_REFUSAL_SECONDS)
        server.start()
        wait_until(lambda: probe(arena).reason == OK, "commands to be answered again", _BACK_AT_WORK_SECONDS)
        arena.act(30)
    return stops


def disk_is_full(arena: Arena) -> int:
    """First tables do not grow, then the log of changes does not, and the server ends itself."""
    disk = arena.postgres
    assert isinstance(disk, SmallDisk)
    refused = 0
    for _ in range(1 if arena.quick else 2):
        disk.fill()
        wait_until(lambda: probe(arena).reason != OK, "the disk to be full", 120)
        refused += expect_quick_refusals(
            arena, probe_together(arena, _PROBES), seconds=_LONGEST_REFUSAL_SECONDS
        )
        disk.free()
        wait_until(lambda: probe(arena).reason == OK, "commands to be answered again", 60)
        arena.act(20)
    return refused


_DISK_FULL = "disk full, of data and of the log of changes"
if may_mount():
    row(
        14,
        _DISK_FULL,
        injected="a file takes all room on the disk of 200 MB that Postgres has for itself",
        expected="TRY_AGAIN; writes go on when there is room, no committed row lost",
        invariants="I3 I10",
        setup=Setup(postgres_disk_mb=200),
    )(disk_is_full)
else:
    not_injected(14, _DISK_FULL, reason="this machine lets nobody have mounts of their own")
