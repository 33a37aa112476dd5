"""Conflicts: sessions under time off, outside changed hours or in a retired room; a client in two places at once.

Found in the transaction that makes them so, and gone in the one that undoes it. What stands against a session is a pure
decision over the trainer's calendar; how to get out of it is offered with the finding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from courtside.availability.calendar import Calendar
from courtside.availability.hours import working_intervals
from courtside.availability.store import get_calendar
from courtside.bookings.events import ConflictFound, ConflictSettled
from courtside.bookings.refusals import ConflictNotFound
from courtside.bookings.schemas import ConflictView, ResolveConflict
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.firestore.values import Fields
from courtside.ids import new_id
from courtside.trainers.model import Service, Trainer
from courtside.trainers.store import list_services, list_trainers

_QUERIES = Queries(__package__, "conflicts.sql")

_DAYS_OFFERED = 14
_STARTS_OFFERED = 3


class Kind(StrEnum):
    """What stands against a session."""

    TIME_OFF = "time_off"
    HOURS = "hours"
    RESOURCE = "resource"
    DOUBLE_BOOKING = "double_booking"


_OF_TRAINERS = (Kind.TIME_OFF, Kind.HOURS, Kind.RESOURCE)


@dataclass(frozen=True)
class Standing:
    """A session to come."""

    id: UUID
    service_id: UUID
    starts_at: datetime
    ends_at: datetime
    open_class: bool
    room_retired: bool


@dataclass(frozen=True)
class Conflict:
    """What cannot both be, and how to get out of it; `resolution` says `gone`, or why somebody keeps it."""

    id: UUID
    key: str
    kind: str
    on_date: date
    trainer_ids: list[str]
    client_id: str | None
    session_ids: list[UUID]
    ways_out: list[dict[str, Any]]
    found_at: datetime
    resolved_at: datetime | None
    resolution: str | None

    @property
    def path(self) -> str:
        return f"schedule/{self.on_date}/conflicts/{self.id}"


@dataclass(frozen=True)
class _Found:
    key: str
    kind: Kind
    on_date: date
    trainer_ids: list[str]
    session_ids: list[UUID]
    ways_out: list[dict[str, Any]]
    client_id: str | None = None


@dataclass(frozen=True)
class _Overlap:
    key: str
    known: bool
    earlier_session: UUID
    later_session: UUID
    earlier_trainer: str
    later_trainer: str
    later_service: UUID
    later_starts_at: datetime
    time_zone: str


def against(session: Standing, calendar: Calendar, zone: ZoneInfo) -> Kind | None:
    """What stands against a session, if anything: time off, the hours of its service, or its room.

    Open classes may lie outside hours: they were put there on purpose.
    """
    if any(off.starts_at < session.ends_at and session.starts_at < off.ends_at for off in calendar.time_off):
        return Kind.TIME_OFF
    if session.room_retired:
        return Kind.RESOURCE
    if not session.open_class and not _within_hours(session, calendar, zone):
        return Kind.HOURS
    return None


def review_trainer(uow: UnitOfWork, trainer_id: str) -> None:
    """Find what stands against a trainer's sessions by now, and settle what does not any more."""
    sessions = uow.list(_QUERIES["list_standing"], Standing, trainer_id=trainer_id, now=uow.now)
    found: list[_Found] = []
    if sessions:
        (trainer,), services = list_trainers(uow, [trainer_id]), list_services(uow, [trainer_id])
        calendar = get_calendar(uow, trainer_id, uow.now, _latest(sessions, uow.now))
        found = list(_find(sessions, trainer, services, calendar, uow.now))
    _keep_record(uow, found, _OF_TRAINERS, trainer_id=trainer_id)


def settle_ended(uow: UnitOfWork, trainer_id: str) -> None:
    """Settle what stood against sessions of a trainer that are called off by now."""
    for conflict in uow.list(_QUERIES["settle_ended"], Conflict, trainer_id=trainer_id, now=uow.now):
        uow.emit(ConflictSettled(path=conflict.path))


def review_client(uow: UnitOfWork, client_id: str, *, may_be_gone: bool) -> None:
    """Find where a client is in two places at once; `may_be_gone` where something was given up."""
    overlaps = uow.list(_QUERIES["list_overlaps"], _Overlap, client_id=client_id, now=uow.now)
    if overlaps or may_be_gone:
        # Ways out are looked for once: what is on record has them.
        found = [_double(uow, client_id, overlap) for overlap in overlaps if not overlap.known]
        known = [overlap.key for overlap in overlaps if overlap.known]
        _keep_record(uow, found, (Kind.DOUBLE_BOOKING,), known=known, client_id=client_id)


def resolve_conflict(uow: UnitOfWork, command: ResolveConflict) -> ConflictView:
    """Decide that it may stand; nobody is told of it again.

    Raises:
        ConflictNotFound: it is not the actor's, or settled.
    """
    conflict = uow.find(_QUERIES["lock_conflict"], Conflict, id=command.conflict_id)
    own = conflict is not None and uow.actor.uid in (*conflict.trainer_ids, conflict.client_id)
    if conflict is None or conflict.resolved_at is not None or not (own or uow.actor.is_admin):
        raise ConflictNotFound(conflict_id=str(command.conflict_id))
    uow.execute(_QUERIES["keep"], id=conflict.id, reason=command.reason, now=uow.now)
    uow.emit(ConflictSettled(path=conflict.path))
    uow.record(f"conflicts/{conflict.id}", {"resolved": False}, {"resolved": True, "reason": command.reason})
    return ConflictView(conflict_id=conflict.id, kind=conflict.kind, resolution=command.reason)


def list_conflicts(reader: Reader, ids: Sequence[UUID]) -> Sequence[Conflict]:
    """Conflicts by id; unknown ids are left out."""
    return reader.list(_QUERIES["list_conflicts"], Conflict, ids=list(ids))


def project_conflict(conflict: Conflict) -> Fields:
    """`schedule/{yyyy-mm-dd}/conflicts/{conflict_id}`: read by its trainers and admins."""
    return {
        "kind": conflict.kind,
        "trainer_ids": conflict.trainer_ids,
        "client_id": conflict.client_id,
        "session_ids": [str(id_) for id_ in conflict.session_ids],
        "ways_out": [_with_instants(way) for way in conflict.ways_out],
        "found_at": conflict.found_at,
        "resolved_at": conflict.resolved_at,
        "resolution": conflict.resolution,
    }


def _within_hours(session: Standing, calendar: Calendar, zone: ZoneInfo) -> bool:
    hours = calendar.service_hours.get(session.service_id, calendar.hours)
    first, last = session.starts_at.astimezone(zone).date(), session.ends_at.astimezone(zone).date()
    start, end = int(session.starts_at.timestamp()), int(session.ends_at.timestamp())
    # A day more: what the last evening carries past midnight.
    worked = working_intervals(hours, calendar.overrides, zone, first, last + timedelta(days=1))
    return any(begun <= start and end <= ended for begun, ended in worked)


def _find(
    sessions: Sequence[Standing],
    trainer: Trainer,
    services: Sequence[Service],
    calendar: Calendar,
    now: datetime,
) -> Iterator[_Found]:
    zone = ZoneInfo(trainer.time_zone)
    by_id = {service.id: service for service in services}
    for session in sessions:
        kind = against(session, calendar, zone)
        if kind is not None:
            yield _Found(
                key=f"{kind.value}:{session.id}",
                kind=kind,
                on_date=session.starts_at.astimezone(zone).date(),
                trainer_ids=[trainer.id],
                session_ids=[session.id],
                ways_out=_ways_out(calendar, trainer, by_id[session.service_id], now),
            )


def _double(uow: UnitOfWork, client_id: str, overlap: _Overlap) -> _Found:
    (trainer,) = list_trainers(uow, [overlap.later_trainer])
    service = next(s for s in list_services(uow, [trainer.id]) if s.id == overlap.later_service)
    calendar = get_calendar(uow, trainer.id, uow.now, uow.now + timedelta(days=_DAYS_OFFERED))
    sessions = sorted((overlap.earlier_session, overlap.later_session))
    return _Found(
        key=overlap.key,
        kind=Kind.DOUBLE_BOOKING,
        on_date=overlap.later_starts_at.astimezone(ZoneInfo(overlap.time_zone)).date(),
        trainer_ids=[overlap.earlier_trainer, overlap.later_trainer],
        session_ids=sessions,
        ways_out=_ways_out(calendar, trainer, service, uow.now),
        client_id=client_id,
    )


def _ways_out(calendar: Calendar, trainer: Trainer, service: Service, now: datetime) -> list[dict[str, Any]]:
    """Move it to one of the next free starts, cancel it, or let it stand."""
    today = now.astimezone(ZoneInfo(trainer.time_zone)).date()
    slots = calendar.open_slots(trainer, service, now, today, today + timedelta(days=_DAYS_OFFERED))
    starts = [slot.starts_at.isoformat() for slot in slots[:_STARTS_OFFERED]]
    moves = [{"command": "bookings.reschedule_booking", "starts_at": start} for start in starts]
    return [*moves, {"command": "bookings.cancel_booking"}, {"command": "bookings.resolve_conflict"}]


def _latest(sessions: Sequence[Standing], now: datetime) -> datetime:
    return max(sessions[-1].ends_at, now + timedelta(days=_DAYS_OFFERED))


def _keep_record(
    uow: UnitOfWork,
    found: Sequence[_Found],
    kinds: Sequence[Kind],
    *,
    known: Sequence[str] = (),
    trainer_id: str | None = None,
    client_id: str | None = None,
) -> None:
    settled = uow.list(
        _QUERIES["settle_gone"],
        Conflict,
        kinds=[kind.value for kind in kinds],
        keys=[*known, *(each.key for each in found)],
        trainer_id=trainer_id,
        client_id=client_id,
        now=uow.now,
    )
    for conflict in settled:
        uow.emit(ConflictSettled(path=conflict.path))
    if not found:
        return
    new = uow.list(
        _QUERIES["insert_conflicts"], Conflict, conflicts=Jsonb([_row(each) for each in found]), now=uow.now
    )
    for conflict in new:
        uow.emit(
            ConflictFound(
                path=conflict.path,
                conflict_id=conflict.id,
                kind=conflict.kind,
                on_date=conflict.on_date,
                trainer_ids=tuple(conflict.trainer_ids),
                client_id=conflict.client_id,
                session_ids=tuple(conflict.session_ids),
                ways_out=tuple(conflict.ways_out),
            )
        )


def _row(found: _Found) -> dict[str, Any]:
    row = asdict(found)
    sessions = [str(id_) for id_ in found.session_ids]
    return {**row, "id": str(new_id()), "on_date": found.on_date.isoformat(), "session_ids": sessions}


def _with_instants(way: dict[str, Any]) -> dict[str, Any]:
    start = way.get("starts_at")
    return way if start is None else {**way, "starts_at": datetime.fromisoformat(start)}
