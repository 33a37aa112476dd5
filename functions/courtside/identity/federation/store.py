"""Linked accounts and spent tokens in Postgres."""

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.federation.model import Assertion, HostedAccount

_QUERIES = Queries(__package__)


def find_linked(reader: Reader, assertion: Assertion) -> HostedAccount | None:
    """The account of the person that an assertion is about."""
    return reader.find(
        _QUERIES["find_linked"], HostedAccount, issuer=assertion.issuer.iss, subject=assertion.subject
    )


def get_account(reader: Reader, user_id: str) -> HostedAccount:
    """What there is of an account of Firebase Auth; nothing but its id while it is not registered."""
    account = reader.find(_QUERIES["get_account"], HostedAccount, user_id=user_id)
    assert account is not None  # the query always gives one row
    return account


def insert_link(uow: UnitOfWork, assertion: Assertion, user_id: str, *, by_email: bool) -> bool:
    """Give the person this account; False if it has one, or the account is another person's of the same issuer."""
    inserted = uow.execute(
        _QUERIES["insert_link"],
        issuer=assertion.issuer.iss,
        subject=assertion.subject,
        user_id=user_id,
        by_email=by_email,
        now=uow.now,
    )
    return inserted == 1


def spend_token(uow: UnitOfWork, assertion: Assertion) -> bool:
    """Take note that this token was taken; False if it was before."""
    spent = uow.execute(
        _QUERIES["spend_token"],
        issuer=assertion.issuer.iss,
        token_id=assertion.token_id,
        usable_until=assertion.usable_until,
    )
    return spent == 1
