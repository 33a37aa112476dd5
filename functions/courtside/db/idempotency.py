"""Command ids: one effect and one answer for each, however often it is sent."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.actors import Role
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.errors import CommandIdReused

_QUERIES = Queries(__package__, "idempotency.sql")

Answer = dict[str, Any]


@dataclass(frozen=True)
class CommandKey:
    """What makes two sendings the same command: caller, id, and content."""

    uid: str
    command_id: UUID
    name: str
    fingerprint: bytes


@dataclass(frozen=True)
class Account:
    """What the caller may do now; without an account there is no role. Sign-ins before `tokens_valid_from` are void."""

    now: datetime
    role: Role | None
    blocked: bool
    deleted: bool
    tokens_valid_from: datetime | None


@dataclass(frozen=True)
class Begun:
    """A claimed command id: the caller's account, and the answer if it was given before."""

    account: Account
    answer: Answer | None


@dataclass(frozen=True, kw_only=True)
class _AccountRow:
    now: datetime
    role: str | None
    blocked: bool
    deleted: bool
    tokens_valid_from: datetime | None

    @property
    def account(self) -> Account:
        role = Role(self.role) if self.role else None
        return Account(self.now, role, self.blocked, self.deleted, self.tokens_valid_from)


@dataclass(frozen=True, kw_only=True)
class _ClaimRow(_AccountRow):
    fresh: bool


@dataclass(frozen=True)
class _StoredRow:
    fingerprint: bytes
    answer: Answer | None


def fingerprint(name: str, content: dict[str, Any]) -> bytes:
    """A digest of the command's name and content, independent of the order of keys."""
    canonical = json.dumps([name, content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


def begin(reader: Reader, key: CommandKey) -> Begun:
    """Claim the id; a second sender of the same id waits here until the first has committed.

    Raises:
        CommandIdReused: the id stands for other content.
    """
    claim = reader.find(
        _QUERIES["claim_command"],
        _ClaimRow,
        uid=key.uid,
        command_id=key.command_id,
        name=key.name,
        fingerprint=key.fingerprint,
    )
    assert claim is not None  # the query always gives one row
    answer = None if claim.fresh else _stored_answer(reader, key)
    return Begun(claim.account, answer)


def recognize(reader: Reader, uid: str) -> Account:
    """The time, and what the account may do; an unknown uid has no role."""
    row = reader.find(_QUERIES["find_account"], _AccountRow, uid=uid)
    assert row is not None  # the query always gives one row
    return row.account


def remember_refusal(reader: Reader, key: CommandKey, answer: Answer) -> Answer:
    """Keep a refusal as the answer of its id; if another sender's answer is there already, that one stands."""
    reader.execute(
        _QUERIES["insert_refusal"],
        uid=key.uid,
        command_id=key.command_id,
        name=key.name,
        fingerprint=key.fingerprint,
        answer=Jsonb(answer),
    )
    return _stored_answer(reader, key) or answer


def _stored_answer(reader: Reader, key: CommandKey) -> Answer | None:
    stored = reader.find(_QUERIES["find_command"], _StoredRow, uid=key.uid, command_id=key.command_id)
    if stored is None:
        return None
    if stored.fingerprint != key.fingerprint:
        raise CommandIdReused(command_id=str(key.command_id))
    return stored.answer
