"""What clients send and get for exports and deletions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from courtside.edge.commands import CommandSchema, DangerousSchema, QuerySchema, View
from courtside.fields import UserId
from courtside.privacy.model import Section

Receipt = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class ExportPart(QuerySchema):
    """Where a page of an export begins: left out, at the first section; then where `next` says, until it is null."""

    section: Section = Section.ACCOUNT
    cursor: Annotated[str, StringConstraints(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 500


class ExportAccount(ExportPart):
    """`account.export_account`: a page of all that is held about the caller."""


class ExportUser(ExportPart):
    """`admin.export_user`: the same about somebody else, for an hour after `admin.permit_export`."""

    user_id: UserId


class PermitExport(DangerousSchema):
    """`admin.permit_export`: says why the caller is about to look at what is held about somebody."""

    user_id: UserId


class DeleteAccount(CommandSchema):
    """`account.delete_account`: the caller's account and all that says who it was; there is no way back.

    A trainer whose sessions are booked has them all cancelled with `cancel_sessions`.
    """

    confirm: Literal["DELETE"]
    cancel_sessions: bool = False


class DeleteUser(DangerousSchema):
    """`admin.delete_user`: the same for somebody who cannot, or asked for it in another way."""

    user_id: UserId
    cancel_sessions: bool = False


class DeletionProgress(QuerySchema):
    """`account.deletion_progress`: how far a deletion is, by the receipt that its caller was given."""

    receipt: Receipt


class NextPart(View):
    """Where an export goes on."""

    section: Section
    cursor: str


class ExportPage(View):
    """Items by section; what only Firestore holds is at `elsewhere`, which the person's own token reads."""

    user_id: str
    sections: Mapping[str, Sequence[dict[str, Any]]]
    next: NextPart | None
    elsewhere: Sequence[str]


class PermitView(View):
    """Until when somebody's data may be exported."""

    user_id: str
    until: datetime


class DeletedView(View):
    """The account is closed, and what it left is being removed; the receipt, told once, asks how far that is."""

    user_id: str
    receipt: str
    steps: Sequence[str]


class ProgressView(View):
    """What a deletion still has to do, in order; nothing once `finished_at` is there."""

    requested_at: datetime
    finished_at: datetime | None
    left: Sequence[str]
