"""What admins send and get for broadcasts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from courtside.actors import Role
from courtside.edge.commands import CommandSchema, DangerousSchema, QuerySchema, View
from courtside.fields import UserId
from courtside.names import require_plain_name, require_plain_text
from courtside.notifications.limits import BROADCASTS_PER_MINUTE

BroadcastTitle = Annotated[
    str, StringConstraints(min_length=3, max_length=120), AfterValidator(require_plain_name)
]
BroadcastBody = Annotated[
    str, StringConstraints(min_length=3, max_length=2_000), AfterValidator(require_plain_text)
]
City = Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(require_plain_name)]

# What an audience is chosen by, beside `to`.
_CHOSEN_BY = {"everybody": None, "role": "role", "clients_of": "trainer_id", "city": "city"}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class BroadcastText(_Part):
    """What it says in one language: a line, and lines below it. Plain text, shown as it is."""

    title: BroadcastTitle
    body: BroadcastBody


class BroadcastTexts(_Part):
    """English, Spanish or both; whoever reads the one that is missing gets the other."""

    en: BroadcastText | None = None
    es: BroadcastText | None = None

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if self.en is None and self.es is None:
            raise ValueError("needs a text in en or es")
        return self


class Audience(_Part):
    """Everybody; people of a `role`; who has a booking with a trainer (`trainer_id`), of the last 365 days or to come;
    or the trainers of a `city` and whoever has one with them. Blocked and deleted accounts are left out."""

    to: Literal["everybody", "role", "clients_of", "city"]
    role: Role | None = None
    trainer_id: UserId | None = None
    city: City | None = None

    @model_validator(mode="after")
    def _require_choice(self) -> Self:
        given = [name for name in ("role", "trainer_id", "city") if getattr(self, name) is not None]
        wanted = _CHOSEN_BY[self.to]
        if given != ([wanted] if wanted else []):
            raise ValueError(f"to {self.to}: give {wanted or 'nothing'} beside it")
        return self


class PreviewBroadcast(QuerySchema):
    """`admin.preview_broadcast`: how many it would be for, whom it would reach how, and what they would read."""

    texts: BroadcastTexts
    audience: Audience


class SendBroadcast(DangerousSchema):
    """`admin.send_broadcast`: into the inboxes of the audience, and on by push and e-mail as each has it set.

    `confirmed` is the count of the preview. `per_minute` is how many people it is for in a minute at most.
    """

    texts: BroadcastTexts
    audience: Audience
    confirmed: Annotated[int, Field(ge=1, le=100_000_000)]
    priority: Literal["low", "medium"] = "medium"
    per_minute: Annotated[int, Field(ge=1, le=BROADCASTS_PER_MINUTE)] = BROADCASTS_PER_MINUTE


class StopBroadcast(CommandSchema):
    """`admin.stop_broadcast`: nobody else is told; what waits to be pushed or mailed is cancelled, inboxes keep it."""

    broadcast_id: UUID


class ListBroadcasts(QuerySchema):
    """`admin.list_broadcasts`: a page of them, the newest first, after the last of the former page."""

    before_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class BroadcastSample(View):
    """What a reader of a language gets; `written` is the language of the text, another one where theirs is missing."""

    language: str
    written: str
    title: str
    body: str
    push_title: str
    push_body: str
    email_subject: str


class BroadcastPreview(View):
    """`people` in all, and by language; `push` and `email`: how many of them have and want that channel now."""

    people: int
    languages: Mapping[str, int]
    push: int
    email: int
    samples: Sequence[BroadcastSample]


class BroadcastView(View):
    """How it stands; the document `broadcasts/{broadcast_id}` follows it."""

    broadcast_id: UUID
    state: str
    total: int
    sent: int


class BroadcastRecord(View):
    """One of them, whole; of a stopped one `kept_back` counts what was cancelled before it was pushed or mailed."""

    broadcast_id: UUID
    texts: BroadcastTexts
    audience: Audience
    priority: str
    per_minute: int
    created_by: str
    reason: str
    confirmed: int
    total: int
    sent: int
    kept_back: int
    state: str
    started_at: datetime
    counted_at: datetime
    stopped_at: datetime | None
    stopped_by: str | None
    ended_at: datetime | None


class BroadcastPage(View):
    """Broadcasts, and where the next page begins."""

    broadcasts: Sequence[BroadcastRecord]
    next_before_id: UUID | None
