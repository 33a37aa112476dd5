"""The search for trainers: by words and terms in Postgres, by free time in the slot engine, page by page."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from courtside.availability.calendar import Calendar, CalendarRow
from courtside.availability.openings import Opening, openings
from courtside.availability.schemas import FoundOpening, FoundTrainer, SearchTrainers, SortBy, TrainerPage
from courtside.availability.store import list_calendars
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry
from courtside.errors import InvalidInput
from courtside.trainers.model import Service, Trainer
from courtside.trainers.store import list_services, list_trainers

_QUERIES = Queries(__package__, "search.sql")

NEXT_OPENINGS = 3
# How far ahead openings are looked for: first near, then far.
LOOKS = (timedelta(days=3), timedelta(days=42))
# Trainers whose calendars are read for one page at most.
MOST_LOOKED_AT = 1_000
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """A trainer that matches: its place in the order is the key, then the id."""

    id: str
    sort_key: float
    price_minor: int | None
    currency: str | None
    rating_total: int
    rating_count: int


@dataclass(frozen=True)
class _Hit:
    found: Found
    trainer: Trainer
    openings: list[Opening]


@dataclass(frozen=True)
class _Place:
    """Where a page ends: everything after it, by key and id, is still to come."""

    key: float
    id: str


def search(inquiry: Inquiry, query: SearchTrainers) -> TrainerPage:
    """One page of trainers, each with what can be booked next; a page may be short and still have a next one.

    Raises:
        InvalidInput: the cursor is not one of this search.
    """
    place = read_cursor(query)
    if query.sort is SortBy.SOONEST:
        hits, end = _soonest(inquiry, query, place)
    else:
        hits, end = _in_order(inquiry, query, place)
    return TrainerPage(
        trainers=tuple(_view(hit) for hit in hits),
        next_cursor=write_cursor(query, end) if end else None,
    )


def read_cursor(query: SearchTrainers) -> _Place | None:
    """Where the last page of the same search ended.

    Raises:
        InvalidInput: it is no cursor, or one of another search.
    """
    if query.cursor is None:
        return None
    try:
        mark, key, trainer_id = json.loads(base64.urlsafe_b64decode(query.cursor))
        if mark == _mark(query) and isinstance(key, float) and isinstance(trainer_id, str):
            return _Place(key, trainer_id)
    except (ValueError, TypeError):
        pass
    raise InvalidInput(fields=[{"path": "cursor", "problem": "not a cursor of this search"}])


def write_cursor(query: SearchTrainers, place: _Place) -> str:
    """The end of a page as text that means nothing to clients."""
    content = json.dumps([_mark(query), place.key, place.id])
    return base64.urlsafe_b64encode(content.encode()).decode()


def _mark(query: SearchTrainers) -> str:
    """Tells searches apart; how long their pages are is no difference."""
    asked = query.model_dump_json(exclude={"cursor", "limit", "command_id"})
    return hashlib.sha256(asked.encode()).hexdigest()[:12]


def _in_order(
    inquiry: Inquiry, query: SearchTrainers, place: _Place | None
) -> tuple[list[_Hit], _Place | None]:
    """Batches in the order of Postgres until the page is full; with nobody left, no place to go on from."""
    hits: list[_Hit] = []
    # Not all who match are free then.
    size = max(20, 2 * query.limit) if query.wants_free_time else query.limit + 1
    for _ in range(MOST_LOOKED_AT // size):
        batch = _list_found(inquiry, query, place, size)
        for hit in _hits(inquiry, query, batch[: size if query.wants_free_time else query.limit]):
            place = _Place(hit.found.sort_key, hit.found.id)
            if hit.openings or not query.wants_free_time:
                hits.append(hit)
            if len(hits) == query.limit:
                is_last = len(batch) < size and hit.found.id == batch[-1].id
                return hits, None if is_last else place
        if len(batch) < size:
            return hits, None
    return hits, place


def _soonest(
    inquiry: Inquiry, query: SearchTrainers, place: _Place | None
) -> tuple[list[_Hit], _Place | None]:
    found = _list_found(inquiry, query, None, MOST_LOOKED_AT)
    keyed = sorted(
        (
            (hit.openings[0].starts_at.timestamp(), hit.found.id, hit)
            for hit in _hits(inquiry, query, found)
            if hit.openings
        ),
        key=lambda each: each[:2],
    )
    left = [each for each in keyed if place is None or each[:2] > (place.key, place.id)]
    page = left[: query.limit]
    end = _Place(page[-1][0], page[-1][1]) if len(left) > len(page) else None
    return [hit for _, _, hit in page], end


def _list_found(reader: Reader, query: SearchTrainers, place: _Place | None, limit: int) -> Sequence[Found]:
    words = query.words
    if words:
        reader.execute(_QUERIES["allow_typos"])
    return reader.list(
        _QUERIES["list_found"],
        Found,
        sort=query.sort.value,
        words=words,
        first_word=max(words, key=len, default=None),
        tags=query.tags,
        currency=query.currency,
        max_price_minor=query.max_price_minor,
        min_rating=query.min_rating,
        after_key=place.key if place else None,
        after_id=place.id if place else None,
        limit=limit,
    )


def _hits(inquiry: Inquiry, query: SearchTrainers, found: Sequence[Found]) -> list[_Hit]:
    """In the order that is given, with the openings that are asked for, else the next ones.

    Most trainers are free soon: only for those who are not, more of their calendar is read.
    """
    ids = [each.id for each in found]
    trainers = {trainer.id: trainer for trainer in list_trainers(inquiry, ids)} if ids else {}
    services = [s for s in list_services(inquiry, ids) if _is_wanted(s, query)] if ids else []
    openings_of: dict[str, list[Opening]] = {}
    for ahead in LOOKS[-1:] if query.wants_free_time else LOOKS:
        short = [id_ for id_ in ids if len(openings_of.get(id_, ())) < NEXT_OPENINGS]
        for calendar in _calendars(inquiry, query, short, ahead):
            trainer = trainers[calendar.trainer_id]
            own = [service for service in services if service.trainer_id == trainer.id]
            bounds = _bounds(query, trainer, inquiry.now, ahead)
            upcoming = openings(Calendar.of(calendar), trainer, own, inquiry.now, *bounds)
            openings_of[trainer.id] = list(islice(upcoming, NEXT_OPENINGS))
    return [_Hit(each, trainers[each.id], openings_of[each.id]) for each in found]


def _calendars(
    inquiry: Inquiry, query: SearchTrainers, ids: Sequence[str], ahead: timedelta
) -> Sequence[CalendarRow]:
    """The calendars around what is asked for, dates in any zone."""
    if not ids:
        return ()
    first, last = inquiry.now, inquiry.now + ahead
    if query.free_at is not None:
        first = last = query.free_at
    elif query.free_from is not None and query.free_until is not None:
        first = datetime.combine(query.free_from, time(), tzinfo=UTC)
        last = datetime.combine(query.free_until + _ONE_DAY, time(), tzinfo=UTC)
    return list_calendars(inquiry, ids, first - _ONE_DAY, last + _ONE_DAY)


def _is_wanted(service: Service, query: SearchTrainers) -> bool:
    if query.currency is not None and service.currency != query.currency:
        return False
    return query.max_price_minor is None or service.price_minor <= query.max_price_minor


def _bounds(
    query: SearchTrainers, trainer: Trainer, now: datetime, ahead: timedelta
) -> tuple[datetime, datetime]:
    """From when until when openings count: dates are the trainer's."""
    if query.free_at is not None:
        return query.free_at, query.free_at + timedelta(minutes=1)
    if query.free_from is not None and query.free_until is not None:
        zone = ZoneInfo(trainer.time_zone)
        first = datetime.combine(query.free_from, time(), tzinfo=zone)
        return first, datetime.combine(query.free_until + _ONE_DAY, time(), tzinfo=zone)
    return now, now + ahead


def _view(hit: _Hit) -> FoundTrainer:
    trainer, found = hit.trainer, hit.found
    return FoundTrainer(
        trainer_id=trainer.id,
        display_name=trainer.display_name,
        headline=trainer.headline,
        city=trainer.city,
        specialties=tuple(trainer.specialties),
        languages=tuple(trainer.languages),
        time_zone=trainer.time_zone,
        from_price_minor=found.price_minor,
        currency=found.currency,
        rating=round(found.rating_total / found.rating_count, 2) if found.rating_count else None,
        rating_count=found.rating_count,
        next_slots=tuple(FoundOpening(**_fields(opening)) for opening in hit.openings),
    )


def _fields(opening: Opening) -> dict[str, Any]:
    return dict(vars(opening))
