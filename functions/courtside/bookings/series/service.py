"""Use cases of series: every date is a booking of its own, and each is reported for itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.bookings import policy
from courtside.bookings.charges import require_terms
from courtside.bookings.locks import Locked, lock_booking, look_at_service
from courtside.bookings.model import Booking
from courtside.bookings.moves import cancel, move, told
from courtside.bookings.penalties import Outcome
from courtside.bookings.prospects import look_ahead
from courtside.bookings.recurrence import Pattern, local_of, shifted
from courtside.bookings.refusals import NotInSeries, SameTime, SeriesRefused, SeriesTooLong
from courtside.bookings.schemas import OnTerms
from courtside.bookings.series.schemas import (
    BookSeries,
    CancelSeries,
    ChangedDate,
    ChangedSeriesView,
    PreviewSeries,
    Recurring,
    RescheduleSeries,
    Scope,
    SeriesDate,
    SeriesView,
)
from courtside.bookings.service import book, claim_of, lock_wanted
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.errors import Refusal
from courtside.ids import new_id
from courtside.trainers.model import ServiceNotFound

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Id:
    id: str


@dataclass(frozen=True)
class _Plan:
    """The dates of a series in its trainer's zone, with their starts."""

    pattern: Pattern
    zone: ZoneInfo
    dates: Sequence[tuple[date, datetime]]


def book_series(uow: UnitOfWork, command: BookSeries) -> SeriesView:
    """Book every date of a series, or as many as can be had.

    Raises:
        As `service.book_session` for what holds of every date.
        SeriesTooLong: more dates than anybody may book at once.
        SeriesRefused: a date that cannot be booked, or none that can; with the report.
    """
    locked, client_id = lock_wanted(uow, command)
    policy.require_payable(locked.service, pay_with_credits=command.with_credits)
    plan = _plan(command, command.starts_at, locked)
    series_id = _insert_series(uow, client_id, locked, plan, command.exceptions)
    report = [
        _book_date(uow, locked, client_id, command, series_id, on, starts_at) for on, starts_at in plan.dates
    ]
    booked = sum(each.booking_id is not None for each in report)
    if not booked or (command.mode == "all_or_nothing" and booked < len(report)):
        raise SeriesRefused(dates=_refused_dates(report))
    uow.record(f"series/{series_id}", None, {"rrule": plan.pattern.text, "booked": booked})
    return SeriesView(series_id=series_id, booked=booked, dates=tuple(report))


def preview_series(inquiry: Inquiry, query: PreviewSeries) -> SeriesView:
    """The dates of a series, and why some of them could not be booked now; credits aside.

    Raises:
        ServiceNotFound, TrainerNotApproved, OwnSession, TooManySeats: it cannot be booked at any time.
        StaffOnly: not for this client.
        SeriesTooLong: more dates than anybody may book at once.
    """
    locked = _look_at(inquiry, query.service_id)
    client_id = query.client_id or inquiry.actor.uid
    if client_id != inquiry.actor.uid:
        policy.require_staff(inquiry.actor, locked.trainer.id)
    policy.require_bookable(client_id, locked.trainer, locked.service, query.seats)
    plan = _plan(query, query.starts_at, locked)
    report = list(_foresee(inquiry, locked, client_id, query.seats, plan))
    booked = sum(each.reason is None for each in report)
    return SeriesView(series_id=None, booked=booked, dates=tuple(report))


def cancel_series(uow: UnitOfWork, command: CancelSeries) -> ChangedSeriesView:
    """Cancel bookings of a series that are to come, each on the terms of the policy; those refused stay.

    Raises:
        BookingNotFound, NotInSeries, StaffOnly: it is not the actor's to cancel so.
        SeriesRefused: not one could be cancelled; with the report.
    """
    anchor, locked, series_id = _lock_series(uow, command.booking_id, command)
    chosen = _in_scope(uow, series_id, anchor, command.scope)
    report = [_cancel_date(uow, locked, booking, command) for booking in chosen]
    return _changed(uow, series_id, report, all_of_them=False)


def reschedule_series(uow: UnitOfWork, command: RescheduleSeries) -> ChangedSeriesView:
    """Move bookings of a series that are to come, each as far on the wall clock as the one that is named.

    Raises:
        BookingNotFound, NotInSeries, StaffOnly, SameTime: it is not the actor's to move so.
        SeriesRefused: a date that cannot be moved, or none that can; with the report.
    """
    anchor, locked, series_id = _lock_series(uow, command.booking_id, command)
    zone = ZoneInfo(locked.trainer.time_zone)
    by = local_of(command.starts_at, zone) - local_of(anchor.starts_at, zone)
    if not by:
        raise SameTime(booking_id=str(anchor.id))
    chosen = _in_scope(uow, series_id, anchor, command.scope)
    # Away from each other: each leaves its time before the next one needs it.
    in_turn = chosen[::-1] if by > timedelta() else chosen
    moved = {b.id: _move_date(uow, locked, b, shifted(b.starts_at, by, zone), command) for b in in_turn}
    report = [moved[booking.id] for booking in chosen]
    return _changed(uow, series_id, report, all_of_them=command.mode == "all_or_nothing")


def _plan(recurring: Recurring, starts_at: datetime, locked: Locked) -> _Plan:
    zone = ZoneInfo(locked.trainer.time_zone)
    pattern = recurring.repeat.pattern(local_of(starts_at, zone))
    dates = pattern.instants(zone, frozenset(recurring.exceptions))
    if dates is None:
        raise SeriesTooLong
    return _Plan(pattern, zone, dates)


def _insert_series(
    uow: UnitOfWork, client_id: str, locked: Locked, plan: _Plan, exceptions: Sequence[date]
) -> UUID:
    series_id = new_id()
    uow.execute(
        _QUERIES["insert_series"],
        id=series_id,
        client_id=client_id,
        service_id=locked.service.id,
        rrule=plan.pattern.text,
        starts_on=plan.pattern.first,
        time_zone=plan.zone.key,
        exceptions=list(exceptions),
        now=uow.now,
    )
    return series_id


def _book_date(
    uow: UnitOfWork,
    locked: Locked,
    client_id: str,
    command: BookSeries,
    series_id: UUID,
    on: date,
    starts_at: datetime,
) -> SeriesDate:
    wanted = command.model_copy(update={"starts_at": starts_at})
    status = policy.decide_status(locked.service, by_staff=policy.is_staff(uow.actor, locked.trainer.id))
    claim = claim_of(uow, locked, client_id, wanted, status, pay_with_credits=command.with_credits)
    try:
        with uow.attempt():
            booking_id, _ = book(uow, locked, starts_at, replace(claim, series_id=series_id, series_on=on))
    except Refusal as refusal:
        return _date(on, starts_at, None, None, refusal)
    return _date(on, starts_at, booking_id, status.value, None)


def _foresee(
    inquiry: Inquiry, locked: Locked, client_id: str, seats: int, plan: _Plan
) -> Iterator[SeriesDate]:
    if not plan.dates:
        return
    prospect = look_ahead(inquiry, locked, client_id, plan.dates[0][1], plan.dates[-1][1])
    for on, starts_at in plan.dates:
        try:
            prospect.require_open(starts_at, seats)
        except Refusal as refusal:
            yield _date(on, starts_at, None, None, refusal)
        else:
            prospect = prospect.with_session(starts_at, seats)
            yield _date(on, starts_at, None, None, None)


def _look_at(reader: Reader, service_id: UUID) -> Locked:
    trainer = reader.find(_QUERIES["find_trainer_id"], _Id, service_id=service_id)
    if trainer is None:
        raise ServiceNotFound(service_id=str(service_id))
    return look_at_service(reader, trainer.id, service_id)


def _lock_series(uow: UnitOfWork, booking_id: UUID, terms: OnTerms) -> tuple[Booking, Locked, UUID]:
    booking, locked = lock_booking(uow, booking_id)
    policy.require_party(uow.actor, booking)
    require_terms(uow, booking, terms)
    if booking.series_id is None:
        raise NotInSeries(booking_id=str(booking_id))
    return booking, locked, booking.series_id


def _in_scope(uow: UnitOfWork, series_id: UUID, anchor: Booking, scope: Scope) -> list[Booking]:
    to_come = uow.list(_QUERIES["list_to_come"], Booking, series_id=series_id, now=uow.now)
    match scope:
        case "this":
            return [booking for booking in to_come if booking.id == anchor.id]
        case "following":
            return [booking for booking in to_come if booking.starts_at >= anchor.starts_at]
        case _:
            return list(to_come)


def _cancel_date(uow: UnitOfWork, locked: Locked, booking: Booking, command: CancelSeries) -> ChangedDate:
    try:
        with uow.attempt():
            policy.require_changeable(uow.actor, booking, uow.now)
            _, outcome = cancel(uow, locked, booking, command, command.reason)
    except Refusal as refusal:
        return _changed_date(locked, booking, booking.starts_at, refusal)
    return _changed_date(locked, booking, booking.starts_at, outcome)


def _move_date(
    uow: UnitOfWork, locked: Locked, booking: Booking, starts_at: datetime, command: RescheduleSeries
) -> ChangedDate:
    try:
        with uow.attempt():
            policy.require_changeable(uow.actor, booking, uow.now)
            _, outcome = move(uow, locked, booking, starts_at, command)
    except Refusal as refusal:
        return _changed_date(locked, booking, booking.starts_at, refusal)
    return _changed_date(locked, booking, starts_at, outcome)


def _changed(
    uow: UnitOfWork, series_id: UUID, report: Sequence[ChangedDate], *, all_of_them: bool
) -> ChangedSeriesView:
    changed = sum(each.reason is None for each in report)
    if not changed or (all_of_them and changed < len(report)):
        raise SeriesRefused(dates=_refused_dates(report))
    uow.record(f"series/{series_id}", None, {"changed": changed, "refused": len(report) - changed})
    return ChangedSeriesView(series_id=series_id, changed=changed, dates=tuple(report))


def _refused_dates(report: Sequence[SeriesDate] | Sequence[ChangedDate]) -> list[dict[str, str]]:
    """What is in the way, date by date, for an error's details."""
    return [{"on_date": each.on_date, "reason": each.reason} for each in report if each.reason]


def _date(
    on: date, starts_at: datetime, booking_id: UUID | None, status: str | None, refusal: Refusal | None
) -> SeriesDate:
    return SeriesDate(
        on_date=on.isoformat(),
        starts_at=starts_at,
        booking_id=booking_id,
        status=status,
        reason=refusal.reason if refusal else None,
    )


def _changed_date(
    locked: Locked, booking: Booking, starts_at: datetime, result: Outcome | Refusal
) -> ChangedDate:
    zone = ZoneInfo(locked.trainer.time_zone)
    return ChangedDate(
        booking_id=booking.id,
        on_date=local_of(booking.starts_at, zone).date().isoformat(),
        starts_at=starts_at,
        reason=result.reason if isinstance(result, Refusal) else None,
        outcome=None if isinstance(result, Refusal) else told(result, booking),
    )
