"""Why a time is free or not, as anybody may ask it: reasons and next starts, never who has the time."""

from datetime import UTC, datetime, timedelta

from courtside.availability import store
from courtside.availability.hours import working_intervals
from courtside.availability.model import SlotFacts, SlotRefusal
from courtside.availability.schemas import ExplainSlot, ReasonView, SlotExplained
from courtside.availability.slots import explain_slot
from courtside.db.unit_of_work import Inquiry
from courtside.trainers.model import Service, ServiceNotFound, Trainer, horizon_days
from courtside.trainers.store import find_trainer_of_service, list_services

# Further back, and further beyond the horizon, time alone is the reason.
_LOOK_BACK = timedelta(days=2)
_BY_TIME_ALONE = {SlotRefusal.TOO_SOON, SlotRefusal.BEYOND_HORIZON}


def explain(inquiry: Inquiry, query: ExplainSlot) -> SlotExplained:
    """Whether this service can start then, or be joined then.

    Raises:
        ServiceNotFound: nobody offers such a service.
    """
    trainer, service = _get_offer(inquiry, query)
    now = inquiry.now
    first, last = now - _LOOK_BACK, now + timedelta(days=horizon_days(trainer, service)) + _LOOK_BACK
    calendar = store.get_calendar(inquiry, trainer.id, first, last)
    facts = calendar.facts(trainer, service, now)
    found = explain_slot(query.starts_at, **facts)
    shared = calendar.shared_session(service, query.starts_at)
    known = set(SlotRefusal) if first <= query.starts_at <= last else _BY_TIME_ALONE
    if shared is not None:
        known = {SlotRefusal.TOO_SOON} if shared.seats_left else {SlotRefusal.TOO_SOON, SlotRefusal.BUSY}
    reasons = tuple(each for each in found.refusals if each in known)
    return SlotExplained(
        open=not reasons,
        session_id=shared.session_id if shared else None,
        seats_left=0 if reasons else shared.seats_left if shared else service.capacity,
        reasons=tuple(describe(each, query.starts_at, facts) for each in reasons),
        next_starts=found.next_starts,
    )


def describe(refusal: SlotRefusal, starts_at: datetime, facts: SlotFacts) -> ReasonView:
    """A reason with what anybody may know of it."""
    rules, now = facts["rules"], facts["now"]
    match refusal:
        case SlotRefusal.TOO_SOON:
            return ReasonView(reason=refusal, earliest_at=now + timedelta(minutes=rules.min_notice_minutes))
        case SlotRefusal.BEYOND_HORIZON:
            last = now.astimezone(facts["zone"]).date() + timedelta(days=rules.horizon_days)
            return ReasonView(reason=refusal, last_date=last)
        case SlotRefusal.OUTSIDE_HOURS:
            return ReasonView(reason=refusal, hours=_hours_of_date(starts_at, facts))
        case SlotRefusal.OFF_STEP:
            return ReasonView(reason=refusal, step_minutes=rules.step_minutes)
        case _:
            return ReasonView(reason=refusal)


def _hours_of_date(starts_at: datetime, facts: SlotFacts) -> tuple[tuple[datetime, datetime], ...]:
    on = starts_at.astimezone(facts["zone"]).date()
    worked = working_intervals(facts["hours"], facts.get("overrides", ()), facts["zone"], on, on)
    return tuple(
        (datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(end, UTC)) for first, end in worked
    )


def _get_offer(inquiry: Inquiry, query: ExplainSlot) -> tuple[Trainer, Service]:
    trainer = find_trainer_of_service(inquiry, query.service_id)
    if trainer is not None and trainer.is_approved:
        for service in list_services(inquiry, [trainer.id]):
            if service.id == query.service_id and service.active:
                return trainer, service
    raise ServiceNotFound(service_id=str(query.service_id))
