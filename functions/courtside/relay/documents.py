"""From paths to whole documents: which rows a document is made from and which projection makes it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from courtside.availability.projection import Days, project_days
from courtside.availability.store import list_calendars
from courtside.bookings.projection import project_booking, project_session
from courtside.bookings.store import list_bookings, list_sessions
from courtside.db.outbox import read_wanted
from courtside.db.reader import Reader
from courtside.firestore.values import Fields
from courtside.identity.projection import project_client
from courtside.identity.store import list_users
from courtside.notifications.projection import project_notification
from courtside.notifications.store import list_notifications
from courtside.trainers.model import Service
from courtside.trainers.projection import project_trainer
from courtside.trainers.store import list_services, list_trainers

Path = str
# Paths → their fields, None where the document should not exist.
Project = Callable[[Reader, Sequence[Path], datetime], Mapping[Path, Fields | None]]


class UnknownDocument(LookupError):
    """No projection makes a document at this path."""


@dataclass(frozen=True)
class Rendered:
    """A document as it should be: the version that its rows amount to, and its fields or None."""

    path: Path
    version: int
    fields: Fields | None


def render(reader: Reader, paths: Sequence[Path]) -> list[Rendered]:
    """Make documents from the current rows; the reader must be one snapshot, so that version and rows agree.

    Raises:
        UnknownDocument: a path belongs to no projection.
    """
    wanted = {row.path: row for row in read_wanted(reader, paths)}
    fields: dict[Path, Fields | None] = {}
    for project, group in _by_projection(wanted).items():
        now = max(wanted[path].now for path in group)
        fields.update(project(reader, group, now))
    return [_rendered(path, row.want, row.wanted_at, fields.get(path)) for path, row in wanted.items()]


def projection_of(path: Path) -> Project:
    """The projection that makes the document at a path.

    Raises:
        UnknownDocument: none does.
    """
    for pattern, project in _PROJECTIONS:
        if pattern.fullmatch(path):
            return project
    raise UnknownDocument(path)


def _rendered(path: Path, version: int, committed_at: datetime, fields: Fields | None) -> Rendered:
    return Rendered(path, version, None if fields is None else {**fields, "committed_at": committed_at})


def _by_projection(paths: Iterable[Path]) -> dict[Project, list[Path]]:
    groups: dict[Project, list[Path]] = defaultdict(list)
    for path in paths:
        groups[projection_of(path)].append(path)
    return groups


def _last(path: Path) -> str:
    return path.rsplit("/", 1)[1]


def _trainers(reader: Reader, paths: Sequence[Path], now: datetime) -> Mapping[Path, Fields | None]:
    ids = [_last(path) for path in paths]
    services = _services_by_trainer(reader, ids)
    return {f"trainers/{t.id}": project_trainer(t, services[t.id]) for t in list_trainers(reader, ids)}


def _days(reader: Reader, paths: Sequence[Path], now: datetime) -> Mapping[Path, Fields | None]:
    dates_of: dict[str, list[date]] = defaultdict(list)
    for path in paths:
        _, trainer_id, _, on_date = path.split("/")
        dates_of[trainer_id].append(date.fromisoformat(on_date))
    all_dates = [on_date for dates in dates_of.values() for on_date in dates]
    first, last = min(all_dates), max(all_dates)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    calendars = list_calendars(
        reader,
        list(dates_of),
        midnight + timedelta(days=(first - midnight.date()).days),
        midnight + timedelta(days=(last - midnight.date()).days + 1),
    )
    services = _services_by_trainer(reader, list(dates_of))
    documents: dict[Path, Fields | None] = {}
    for trainer in list_trainers(reader, list(dates_of)):
        days = Days(trainer, services[trainer.id], calendars[trainer.id])
        for day, fields in project_days(days, dates_of[trainer.id], now).items():
            documents[f"trainers/{trainer.id}/days/{day}"] = fields
    return documents


def _sessions(reader: Reader, paths: Sequence[Path], now: datetime) -> Mapping[Path, Fields | None]:
    rows = list_sessions(reader, [UUID(_last(path)) for path in paths])
    return {f"sessions/{row.id}": project_session(row) for row in rows}


def _bookings(reader: Reader, paths: Sequence[Path], now: datetime) -> Mapping[Path, Fields | None]:
    rows = list_bookings(reader, [UUID(_last(path)) for path in paths])
    return {f"bookings/{row.id}": project_booking(row) for row in rows}


def _clients(reader: Reader, paths: Sequence[Path], now: datetime) -> Mapping[Path, Fields | None]:
    rows = list_users(reader, [_last(path) for path in paths])
    return {f"clients/{row.id}": project_client(row) for row in rows}


def _inbox(reader: Reader, paths: Sequence[Path], now: datetime) -> Mapping[Path, Fields | None]:
    rows = list_notifications(reader, [UUID(_last(path)) for path in paths])
    return {f"users/{row.user_id}/inbox/{row.id}": project_notification(row) for row in rows}


def _services_by_trainer(reader: Reader, trainer_ids: Sequence[str]) -> dict[str, list[Service]]:
    services: dict[str, list[Service]] = defaultdict(list)
    for service in list_services(reader, trainer_ids):
        services[service.trainer_id].append(service)
    return services


_PROJECTIONS: tuple[tuple[re.Pattern[str], Project], ...] = tuple(
    (re.compile(pattern.replace("*", "[^/]+")), project)
    for pattern, project in (
        ("trainers/*", _trainers),
        ("trainers/*/days/*", _days),
        ("sessions/*", _sessions),
        ("bookings/*", _bookings),
        ("clients/*", _clients),
        ("users/*/inbox/*", _inbox),
    )
)
