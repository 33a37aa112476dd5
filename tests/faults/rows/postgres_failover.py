"""A failover to a replica that has not got the newest commits: what it lost is gone from Firestore as well."""

import logging

from courtside.relay.reconcile.run import Plan, reconcile
from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.own_postgres import OwnPostgres
from tests.faults.probe import OK, probe
from tests.integration.relay.rest import wait_until

_BACK_AT_WORK_SECONDS = 20.0


@row(
    6,
    "failover to a replica that lacks the newest commits",
    injected="`pg_basebackup`, more commands, immediate stop, the copy starts in the server's place; then reconcile",
    expected="what was committed in between is lost, and no screen shows it; versions go on beyond the lost ones",
    invariants="I4 I5",
    setup=Setup(own_postgres=True),
)
def replica_lacks_commits(arena: Arena) -> int:
    """The only row that may lose what it acknowledged: between the copy and the stop."""
    server = arena.postgres
    assert isinstance(server, OwnPostgres)
    replica = arena.folder / "replica"
    server.copy_to(replica)
    arena.act(40)
    server.fail_over_to(replica)
    wait_until(lambda: probe(arena).reason == OK, "commands to be answered again", _BACK_AT_WORK_SECONDS)
    lost = _forget_what_was_lost(arena)
    arena.act(20)
    # Once more, for what was on its way when it was looked at: under live commands a lost version may come up again
    # with other content, which is told only at rest.
    logging.getLogger("courtside.relay.reconcile").setLevel(
        logging.ERROR
    )  # that there is drift is no news here
    for _ in range(2):
        reconcile(arena.world.backends, Plan(repairs=True, deep=True))
    return lost


def _forget_what_was_lost(arena: Arena) -> int:
    """Hold nobody to answers of the lost time; how many commands it takes with it."""
    known = {row[0] for row in arena.world.rows("SELECT command_id::text FROM commands")}
    booked = {row[0] for row in arena.world.rows("SELECT id::text FROM bookings")}
    told = arena.load.told
    answered = [entry["command_id"] for entry in told.journal if entry["outcome"] == entry["name"]]
    told.booked[:] = [booking for booking in told.booked if booking in booked]
    told.sample[:] = [answer for answer in told.sample if answer[2]["command_id"] in known]
    return sum(command_id not in known for command_id in answered)
