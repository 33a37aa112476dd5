"""From paths to whole documents: which rows a document is made from and which projection makes it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from courtside.availability.calendar import Calendar
from courtside.availability.projection import Days, project_days
from courtside.availability.store import list_calendars
from courtside.bookings.achievements import list_achievements
from courtside.bookings.conflicts import list_conflicts, project_conflict
from courtside.bookings.projection import project_achievements, project_booking, project_session
from courtside.bookings.store import list_bookings, list_sessions
from courtside.credits.projection import project_credits
from courtside.credits.store import list_allocations, list_fees_due
from courtside.db.outbox import read_wanted
from courtside.db.reader import Reader, SnapshotReader
from courtside.firestore.values import Fields
from courtside.identity.projection import project_access, project_client
from courtside.identity.store import list_users
from courtside.monitoring.projection import project_health
from courtside.monitoring.store import list_reports
from courtside.notifications.broadcasts.projection import project_broadcast
from courtside.notifications.broadcasts.store import list_broadcasts
from courtside.notifications.inbox import list_unread, project_unread
from courtside.notifications.projection import project_notification
from courtside.notifications.store import list_notifications
from courtside.relay.feeds import event_fields, path_of_event
from courtside.relay.reconcile.store import list_entries
from courtside.reviews.disputes import list_disputes
from courtside.reviews.projection import project_dispute, project_rating, project_review
from courtside.reviews.store import list_ratings, list_reviews
from courtside.trainers.model import Service
from courtside.trainers.projection import project_trainer
from courtside.trainers.store import list_services, list_trainers

Path = str
# Makes documents from rows that were asked for; None where the document should not exist.
Make = Callable[[datetime], Mapping[Path, Fields | None]]
# Asks for the rows of some paths. All are asked before any is waited for: one round trip for a whole commit.
Ask = Callable[[Reader, Sequence[Path]], Make]


class UnknownDocument(LookupError):
    """No projection makes a document at this path."""


@dataclass(frozen=True)
class Rendered:
    """A document as it should be: the version that its rows amount to, their commit time, and its fields or None."""

    path: Path
    version: int
    fields: Fields | None
    committed_at: datetime


def render(reader: SnapshotReader, paths: Sequence[Path]) -> list[Rendered]:
    """Make documents from the current rows, of one snapshot, so that version and rows agree; concludes it.

    Raises:
        UnknownDocument: a path belongs to no projection.
    """
    pending = read_wanted(reader, paths)
    make = ask_for(reader, paths)
    reader.conclude()
    wanted = {row.path: row for row in pending}
    fields = make(next(iter(wanted.values())).now) if wanted else {}
    return [_rendered(path, row.want, row.wanted_at, fields.get(path)) for path, row in wanted.items()]


def ask_for(reader: Reader, paths: Iterable[Path]) -> Make:
    """Ask for the rows of documents; what it returns makes them, without `version` and `committed_at`, as of a time.

    Raises:
        UnknownDocument: a path belongs to no projection.
    """
    makes = [ask(reader, group) for ask, group in _by_projection(paths).items()]
    return lambda now: {path: fields for make in makes for path, fields in make(now).items()}


def projection_of(path: Path) -> Ask:
    """The projection that makes the document at a path.

    Raises:
        UnknownDocument: none does.
    """
    segments = path.split("/")
    ask = _PROJECTIONS.get(tuple(segments[::2]))
    if ask is None or len(segments) % 2 or not all(segments):
        raise UnknownDocument(path)
    return ask


def is_projected(path: Path) -> bool:
    """Whether documents at such paths are made by a projection."""
    return path.count("/") % 2 == 1 and tuple(path.split("/")[::2]) in _PROJECTIONS


def follows_clock(path: Path) -> bool:
    """Whether time alone changes what the projection gives, while the document stays until somebody wants it anew."""
    return is_projected(path) and projection_of(path) is _days


def collections() -> list[str]:
    """Names of the collections that projections fill."""
    return sorted({names[-1] for names in _PROJECTIONS})


def kind_of(path: Path) -> str:
    """What kind of document is at a path: the name of its collection."""
    return path.split("/")[-2]


def _rendered(path: Path, version: int, committed_at: datetime, fields: Fields | None) -> Rendered:
    complete = None if fields is None else {**fields, "committed_at": committed_at}
    return Rendered(path, version, complete, committed_at)


def _by_projection(paths: Iterable[Path]) -> dict[Ask, list[Path]]:
    groups: dict[Ask, list[Path]] = defaultdict(list)
    for path in paths:
        groups[projection_of(path)].append(path)
    return groups


def _last(path: Path) -> str:
    return path.rsplit("/", 1)[1]


def _ids(paths: Iterable[Path]) -> list[UUID]:
    """Ids of the rows that documents are made from; none for a document that no row has, which should not exist."""
    return [id_ for path in paths if (id_ := row_id(path)) is not None]


def row_id(path: Path) -> UUID | None:
    """The id that ends a path, if it is one; another spelling of an id that a row has finds that row all the same."""
    try:
        return UUID(_last(path))
    except ValueError:
        return None


def _trainers(reader: Reader, paths: Sequence[Path]) -> Make:
    ids = [_last(path) for path in paths]
    trainers, services = list_trainers(reader, ids), list_services(reader, ids)
    ratings = list_ratings(reader, ids)

    def make(now: datetime) -> Mapping[Path, Fields | None]:
        offers, rated = _by_trainer(services), {rating.trainer_id: rating for rating in ratings}
        cards = {trainer.id: project_trainer(trainer, offers[trainer.id]) for trainer in trainers}
        return {
            f"trainers/{id_}": card and {**card, **project_rating(rated.get(id_))}
            for id_, card in cards.items()
        }

    return make


def _days(reader: Reader, paths: Sequence[Path]) -> Make:
    dates_of: dict[str, list[date]] = defaultdict(list)
    for path in paths:
        _, trainer_id, _, on_date = path.split("/")
        dates_of[trainer_id].append(date.fromisoformat(on_date))
    ids = list(dates_of)
    trainers, services = list_trainers(reader, ids), list_services(reader, ids)
    calendars = list_calendars(reader, ids, *_utc_span([day for days in dates_of.values() for day in days]))

    def make(now: datetime) -> Mapping[Path, Fields | None]:
        offers = _by_trainer(services)
        calendar_of = {row.trainer_id: Calendar.of(row) for row in calendars}
        documents: dict[Path, Fields | None] = {}
        for trainer in trainers:
            days = Days(trainer, offers[trainer.id], calendar_of[trainer.id])
            for day, fields in project_days(days, dates_of[trainer.id], now).items():
                documents[f"trainers/{trainer.id}/days/{day}"] = fields
        return documents

    return make


def _sessions(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_sessions(reader, _ids(paths))
    return lambda now: {f"sessions/{row.id}": project_session(row) for row in rows}


def _bookings(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_bookings(reader, _ids(paths))
    return lambda now: {f"bookings/{row.id}": project_booking(row) for row in rows}


def _clients(reader: Reader, paths: Sequence[Path]) -> Make:
    ids = [_last(path) for path in paths]
    users = list_users(reader, ids)
    allocations, fees = list_allocations(reader, ids), list_fees_due(reader, ids)
    achievements, unread = list_achievements(reader, ids), list_unread(reader, ids)

    def make(now: datetime) -> Mapping[Path, Fields | None]:
        left, due, achieved = _by_client(allocations), _by_client(fees), _by_client(achievements)
        kept = {row.user_id: row for row in unread}
        return {
            f"clients/{user.id}": {
                **project_client(user),
                **project_credits(left[user.id], due[user.id]),
                **project_achievements(achieved[user.id]),
                **project_unread(kept.get(user.id)),
            }
            for user in users
        }

    return make


def _access(reader: Reader, paths: Sequence[Path]) -> Make:
    users = list_users(reader, [_last(path) for path in paths])
    return lambda now: {f"access/{user.id}": project_access(user) for user in users}


def _reviews(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_reviews(reader, _ids(paths))
    return lambda now: {f"trainers/{row.trainer_id}/reviews/{row.id}": project_review(row) for row in rows}


def _disputes(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_disputes(reader, _ids(paths))
    return lambda now: {f"disputes/{row.id}": project_dispute(row) for row in rows}


def _conflicts(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_conflicts(reader, _ids(paths))
    return lambda now: {row.path: project_conflict(row) for row in rows}


def _inbox(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_notifications(reader, _ids(paths))
    return lambda now: {f"users/{row.user_id}/inbox/{row.id}": project_notification(row) for row in rows}


def _broadcasts(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_broadcasts(reader, _ids(paths))
    return lambda now: {f"broadcasts/{row.id}": project_broadcast(row) for row in rows}


def _feed_events(reader: Reader, paths: Sequence[Path]) -> Make:
    """Of repairs alone: what is told for the first time is written from the entry itself."""
    rows = list_entries(reader, _ids(paths))
    return lambda now: {path_of_event(row.target, row.id): event_fields(row.payload) for row in rows}


def _health(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_reports(reader, [_last(path) for path in paths])
    return lambda now: {f"health/{row.service}": project_health(row) for row in rows}


def _stats(reader: Reader, paths: Sequence[Path]) -> Make:
    rows = list_reports(reader, paths)
    return lambda now: {row.service: project_health(row) for row in rows}


def _by_client(rows: Iterable[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.client_id].append(row)
    return groups


def _by_trainer(services: Iterable[Service]) -> dict[str, list[Service]]:
    offers: dict[str, list[Service]] = defaultdict(list)
    for service in services:
        offers[service.trainer_id].append(service)
    return offers


def _utc_span(dates: Sequence[date]) -> tuple[datetime, datetime]:
    """Midnights in UTC around local dates; the query widens them by more than any zone's offset."""
    first = datetime.combine(min(dates), time(), UTC)
    return first, datetime.combine(max(dates), time(), UTC) + timedelta(days=1)


# By the names of the collections along a path.
_PROJECTIONS: dict[tuple[str, ...], Ask] = {
    ("trainers",): _trainers,
    ("trainers", "days"): _days,
    ("trainers", "reviews"): _reviews,
    ("disputes",): _disputes,
    ("schedule", "conflicts"): _conflicts,
    ("sessions",): _sessions,
    ("bookings",): _bookings,
    ("clients",): _clients,
    ("access",): _access,
    ("users", "inbox"): _inbox,
    ("broadcasts",): _broadcasts,
    ("feeds", "events"): _feed_events,
    ("health",): _health,
    ("stats",): _stats,
}
