"""Achievements: what a client's completed sessions amount to; a pure decision, and what it changes.

Weeks are ISO weeks of the client's own zone. A streak is a row of weeks with at least one completed session each; it
counts as achieved once it ever was that long, so it is revoked only when one of its sessions is undone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from courtside.bookings.events import AchievementChanged
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork

_QUERIES = Queries(__package__, "achievements.sql")

_COUNTS = {1: "first_session", 10: "sessions_10", 50: "sessions_50", 100: "sessions_100"}
_STREAKS = {4: "streak_4_weeks", 12: "streak_12_weeks", 26: "streak_26_weeks"}
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Achievement:
    """Something a client has achieved."""

    client_id: str
    code: str
    awarded_at: datetime


@dataclass(frozen=True)
class _History:
    client_id: str
    sessions: int
    # The Mondays of weeks with a completed session, ascending.
    weeks: list[date]


@dataclass(frozen=True)
class _Change:
    client_id: str
    code: str
    awarded: bool


def achieved(sessions: int, weeks: Sequence[date]) -> frozenset[str]:
    """The achievements of so many completed sessions, and of the weeks (as Mondays, ascending) that had one."""
    longest = longest_streak(weeks)
    return frozenset(
        [code for least, code in _COUNTS.items() if sessions >= least]
        + [code for least, code in _STREAKS.items() if longest >= least]
    )


def longest_streak(weeks: Iterable[date]) -> int:
    """The longest row of weeks, given as Mondays, ascending, each once."""
    longest = current = 0
    before: date | None = None
    for week in weeks:
        current = current + 1 if before is not None and week - before == _WEEK else 1
        longest, before = max(longest, current), week
    return longest


def list_achievements(reader: Reader, client_ids: Sequence[str]) -> Sequence[Achievement]:
    """What clients have achieved, oldest first."""
    return reader.list(_QUERIES["list_achievements"], Achievement, client_ids=list(client_ids))


def review(uow: UnitOfWork, client_ids: Sequence[str], trainer_id: str) -> None:
    """Award what these clients have achieved by now, and revoke what they have not any more."""
    histories = uow.list(_QUERIES["list_histories"], _History, client_ids=sorted(set(client_ids)))
    pairs = [
        (history.client_id, code)
        for history in histories
        for code in achieved(history.sessions, history.weeks)
    ]
    changes = uow.list(
        _QUERIES["set_achievements"],
        _Change,
        client_ids=[history.client_id for history in histories],
        owners=[client_id for client_id, _ in pairs],
        codes=[code for _, code in pairs],
        now=uow.now,
    )
    for change in changes:
        uow.emit(
            AchievementChanged(
                client_id=change.client_id, trainer_id=trainer_id, code=change.code, awarded=change.awarded
            )
        )
