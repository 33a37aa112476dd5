"""What clients send and get for accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from courtside.edge.commands import CommandSchema, QuerySchema, View
from courtside.fields import DisplayName, Instant, Locale, ShortText, TimeZoneName, UserId

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]


class Registration(BaseModel):
    """What an account says of its person."""

    display_name: DisplayName
    time_zone: TimeZoneName
    locale: Locale = "en"
    phone: Phone | None = None


class RegisterClient(CommandSchema, Registration):
    """`account.register_client`: the signed-in person becomes a client."""


class UpdateAccount(CommandSchema):
    """`account.update_account`: what is given changes, what is left out stays; null takes the phone number away."""

    display_name: DisplayName | None = None
    time_zone: TimeZoneName | None = None
    locale: Locale | None = None
    phone: Phone | None = None


class SignOutEverywhere(CommandSchema):
    """`account.sign_out_everywhere`: every sign-in of the caller ends, that of this call included."""


class SignedOutView(View):
    """Whose sign-ins ended."""

    user_id: str


class AccountView(View):
    """The account that there is now; documents about it are at `clients/{user_id}`."""

    user_id: str
    role: str


AuditCursor = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]


class AuditFilter(QuerySchema):
    """Which lines of the audit; what is left out does not matter. `subject` also stands for all below it."""

    subject: ShortText | None = None
    actor: UserId | None = None
    of_command: ShortText | None = None
    since: Instant | None = None
    until: Instant | None = None
    cursor: AuditCursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class SearchAudit(AuditFilter):
    """`admin.search_audit`: a page of the audit, oldest first."""


class ExportAudit(AuditFilter):
    """`admin.export_audit`: a page of the audit as CSV; join the pages in order."""

    limit: Annotated[int, Field(ge=1, le=5_000)] = 1_000
    byte_order_mark: bool = False


class AuditLine(View):
    """One change: what `subject` was and what it became, and the reason given for a dangerous command."""

    at: datetime
    actor: str
    command: str
    command_id: UUID
    request_id: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None


class AuditPage(View):
    """Lines, and where the next page begins."""

    lines: Sequence[AuditLine]
    next_cursor: str | None


class CsvPage(View):
    """Text to append to a file, and where the next page begins."""

    csv: str
    next_cursor: str | None
