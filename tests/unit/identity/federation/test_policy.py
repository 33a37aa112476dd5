"""Whose account a host application's person may have, and which accounts it may open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from courtside.errors import AccountBlocked, AccountDeleted, Refusal, TokenRefused
from courtside.identity.federation.model import Assertion, HostedAccount, StaffNotAdmitted
from courtside.identity.federation.policy import email_to_link, may_link, require_admitted
from tests.hosts import issuer

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


def assertion(*, email: str | None = None, **trust: Any) -> Assertion:
    """What the club says of Ada at ten."""
    return Assertion(issuer(**trust), "ada", NOW, NOW + timedelta(minutes=5), email, None)


def account(**changes: Any) -> HostedAccount:
    """A client's account in good standing."""
    standing = {"role": "client", "blocked": False, "deleted": False, "tokens_valid_from": None}
    return HostedAccount(**{"user_id": "ada", **standing, **changes})


@pytest.mark.parametrize(("trusted", "linked"), [(True, "ada@club.example"), (False, None)])
def test_an_email_counts_where_the_issuer_is_trusted_with_it(trusted: bool, linked: str | None) -> None:
    assert email_to_link(assertion(email="ada@club.example", link_by_email=trusted)) == linked


def test_no_email_is_none_to_link() -> None:
    assert email_to_link(assertion(link_by_email=True)) is None


@pytest.mark.parametrize(
    ("role", "linked"),
    [(None, True), ("client", True), ("trainer", True), ("admin", False), ("support", False)],
)
def test_staff_is_linked_where_the_issuer_is_trusted_with_it(role: str | None, linked: bool) -> None:
    assert may_link(account(role=role), issuer()) is linked
    assert may_link(account(role=role), issuer(admits_staff=True))


@pytest.mark.parametrize("role", [None, "client", "trainer"])
def test_an_account_in_good_standing_is_opened(role: str | None) -> None:
    require_admitted(account(role=role), assertion())


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"deleted": True}, AccountDeleted),
        ({"blocked": True}, AccountBlocked),
        ({"role": "admin"}, StaffNotAdmitted),
        ({"role": "support"}, StaffNotAdmitted),
        ({"tokens_valid_from": NOW + timedelta(seconds=1)}, TokenRefused),
    ],
)
def test_an_account_that_is_not_for_this_stays_closed(
    changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        require_admitted(account(**changes), assertion())


@pytest.mark.parametrize("role", ["admin", "support"])
def test_staffs_account_is_opened_where_the_issuer_is_trusted_with_it(role: str) -> None:
    require_admitted(account(role=role), assertion(admits_staff=True))


@pytest.mark.parametrize("changes", [{"deleted": True}, {"blocked": True}])
def test_no_trust_opens_a_closed_account(changes: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        require_admitted(account(role="admin", **changes), assertion(admits_staff=True))


@pytest.mark.parametrize("earlier", [timedelta(0), timedelta(seconds=1)])
def test_a_token_from_after_the_sign_out_counts(earlier: timedelta) -> None:
    require_admitted(account(tokens_valid_from=NOW - earlier), assertion())
