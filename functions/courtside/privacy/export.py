"""All that is held about a person, section by section and page by page; what it tells of others is left out."""

import re
from datetime import datetime, timedelta
from typing import Any, LiteralString

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.errors import InvalidInput
from courtside.identity.model import UserNotFound
from courtside.identity.store import list_users
from courtside.privacy import store
from courtside.privacy.model import ExportNotPermitted, Item, Section
from courtside.privacy.schemas import (
    ExportPage,
    ExportPart,
    ExportUser,
    NextPart,
    PermitExport,
    PermitView,
)

_QUERIES = Queries(__package__, "export.sql")

PERMITTED_FOR = timedelta(hours=1)
# Lines of the audit are numbered; other sections' cursors are any text, and one that is made up finds other pages.
_LINE = re.compile(r"[0-9]{0,18}")

_SECTIONS: dict[Section, LiteralString] = {
    Section.ACCOUNT: _QUERIES["list_account"],
    Section.LINKS: _QUERIES["list_links"],
    Section.TRAINER: _QUERIES["list_trainer"],
    Section.SERVICES: _QUERIES["list_services"],
    Section.WORKING_HOURS: _QUERIES["list_working_hours"],
    Section.TIME_OFF: _QUERIES["list_time_off"],
    Section.BOOKINGS: _QUERIES["list_bookings"],
    Section.SERIES: _QUERIES["list_series"],
    Section.SESSIONS: _QUERIES["list_sessions"],
    Section.PENALTIES: _QUERIES["list_penalties"],
    Section.CREDITS: _QUERIES["list_credits"],
    Section.MOVEMENTS: _QUERIES["list_movements"],
    Section.ACHIEVEMENTS: _QUERIES["list_achievements"],
    Section.REVIEWS: _QUERIES["list_reviews"],
    Section.REPLIES: _QUERIES["list_replies"],
    Section.DISPUTES: _QUERIES["list_disputes"],
    Section.CONFLICTS: _QUERIES["list_conflicts"],
    Section.INBOX: _QUERIES["list_inbox"],
    Section.NOTIFICATION_SETTINGS: _QUERIES["list_notification_settings"],
    Section.INSTALLATIONS: _QUERIES["list_installations"],
    Section.DELIVERIES: _QUERIES["list_deliveries"],
    Section.BROADCASTS: _QUERIES["list_broadcasts"],
    Section.FEED: _QUERIES["list_feed"],
    Section.COMMANDS: _QUERIES["list_commands"],
    Section.AUDIT: _QUERIES["list_audit"],
}


def export(reader: Reader, uid: str, part: ExportPart) -> ExportPage:
    """As many items of what is held about a person as one page takes, over as many sections as they come from.

    Raises:
        InvalidInput: the cursor is of another section.
    """
    if part.section is Section.AUDIT and not _LINE.fullmatch(part.cursor):
        raise InvalidInput(fields=[{"path": "cursor", "problem": "not a cursor of this section"}])
    sections: dict[str, list[dict[str, Any]]] = {}
    room = part.limit
    following: NextPart | None = NextPart(section=part.section, cursor=part.cursor)
    while following is not None and room:
        section, after = following.section, following.cursor
        found = reader.list(_SECTIONS[section], Item, uid=uid, after=after, limit=room + 1)
        items, room = found[:room], max(0, room - len(found))
        sections[section.value] = [each.item for each in items]
        following = _next(section, items[-1].key if len(found) > len(items) else None)
    return ExportPage(user_id=uid, sections=sections, next=following, elsewhere=_elsewhere(uid))


def permit_export(uow: UnitOfWork, command: PermitExport) -> PermitView:
    """Let the actor export what is held about somebody, and have the audit keep who did and why.

    Raises:
        UserNotFound: there is no such account.
    """
    if not list_users(uow, [command.user_id]):
        raise UserNotFound(user_id=command.user_id)
    until = uow.now + PERMITTED_FOR
    uow.record(_permit_of(command.user_id), None, {"expires_at": until.isoformat()})
    return PermitView(user_id=command.user_id, until=until)


def export_user(inquiry: Inquiry, query: ExportUser) -> ExportPage:
    """One page of what is held about somebody else.

    Raises:
        ExportNotPermitted: the actor has not said why in the last hour.
        InvalidInput: the cursor is of another section.
    """
    since: datetime = inquiry.now - PERMITTED_FOR
    if not store.has_line(inquiry, _permit_of(query.user_id), inquiry.actor.uid, since):
        raise ExportNotPermitted(user_id=query.user_id)
    return export(inquiry, query.user_id, query)


def _elsewhere(uid: str) -> list[str]:
    return [
        f"feeds/client_{uid}/events",
        f"feeds/trainer_{uid}/events",
        f"users/{uid}/marks",
        "presence",
    ]


def _permit_of(user_id: str) -> str:
    return f"users/{user_id}/export"


def _next(section: Section, cursor: str | None) -> NextPart | None:
    if cursor is not None:
        return NextPart(section=section, cursor=cursor)
    following = section.next
    return None if following is None else NextPart(section=following, cursor="")
