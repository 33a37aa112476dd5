"""Everybody comes back at once: listeners and callers after a restart of Firestore."""

import time
from uuid import uuid4

from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.herd import Herd, running_herd
from tests.integration.bookings.callers import Call, call_together
from tests.integration.relay.rest import wait_until

_LISTENERS = 1000
_CALLERS = 60
_START_SECONDS = 60.0
_BACK_SECONDS = 30.0
# All callers at once, on as many threads as one instance has.
_LONGEST_RUSH_SECONDS = 15.0


@row(
    37,
    "thundering herd",
    injected="1,000 listeners on one document come back after `kill -9` of Firestore, and 60 new callers come at once",
    expected="everybody is served within half a minute, everybody shows the newest version",
    invariants="I8 I10",
    setup=Setup(keeps_documents=True),
)
def everybody_comes_back(arena: Arena) -> int:
    """A tenth in a quick run."""
    listeners = _LISTENERS // 10 if arena.quick else _LISTENERS
    settings = arena.world.backends.settings
    document, host = f"trainers/{arena.studio.trainers[0]}", arena.emulator.host
    with running_herd(settings.project, host, document, listeners, arena.folder) as herd:
        wait_until(lambda: herd.report().current == listeners, "the herd to gather", _START_SECONDS)
        arena.restart_emulator()
        _rush(arena)
        wait_until(lambda: herd.report().current == listeners, "the herd to come back", _BACK_SECONDS)
        arena.act(20)
        _expect_newest_shown(arena, herd, document)
    return listeners


def _rush(arena: Arena) -> None:
    calls = [
        Call(
            f"rush-{uuid4().hex[:12]}",
            "account",
            "register_client",
            {"display_name": "R", "time_zone": "UTC"},
        )
        for _ in range(_CALLERS)
    ]
    started = time.monotonic()
    replies = call_together(arena.functions.url, arena.world.backends.settings.project, calls)
    seconds = time.monotonic() - started
    for reply in replies:
        arena.expect(reply.reason is None, f"somebody in the rush was told {reply.reason}")
    arena.expect(seconds <= _LONGEST_RUSH_SECONDS, f"the rush took {seconds:.1f} s")


def _expect_newest_shown(arena: Arena, herd: Herd, document: str) -> None:
    """All show one version, which is Firestore's: the document goes on changing, so it is looked for."""

    def all_show_the_newest() -> bool:
        stored = arena.world.document(document)
        return stored is not None and list(herd.report().versions) == [stored["version"]]

    wait_until(all_show_the_newest, "all to show the newest version", _BACK_SECONDS)
