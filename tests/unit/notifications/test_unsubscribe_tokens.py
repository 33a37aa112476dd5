"""Links that unsubscribe: for whom and which type they were signed, by which secret, and nothing else."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.config import Misconfigured, Settings
from courtside.notifications.types import TYPES
from courtside.notifications.unsubscribing import Subscription, read_token, token_of, unsubscribe_url

SECRET, FORMER = "s" * 32, "f" * 32
SUBSCRIPTION = Subscription("ada", "session.booked")
TOKEN = token_of([SECRET], SUBSCRIPTION)


@given(
    user_id=st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True).filter(
        lambda uid: not uid.startswith("__")
    ),
    type_=st.sampled_from(sorted(TYPES)),
)
def test_a_link_says_for_whom_and_what(user_id: str, type_: str) -> None:
    subscription = Subscription(user_id, type_)
    token = token_of([SECRET], subscription)

    assert read_token([SECRET], token) == subscription
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")


@given(token=st.text(max_size=60) | st.integers(0, len(TOKEN) - 1).map(lambda at: TOKEN[:at]))
def test_what_was_not_signed_is_no_link(token: str) -> None:
    assert read_token([SECRET], token) is None


@pytest.mark.parametrize("at", range(len(TOKEN)))
def test_a_link_that_was_changed_is_none(at: int) -> None:
    changed = TOKEN[:at] + ("A" if TOKEN[at] != "A" else "B") + TOKEN[at + 1 :]

    assert read_token([SECRET], changed) is None


def test_links_of_a_former_secret_still_work_and_new_ones_are_signed_by_the_first() -> None:
    assert read_token([SECRET, FORMER], token_of([FORMER], SUBSCRIPTION)) == SUBSCRIPTION
    assert read_token([FORMER], token_of([SECRET, FORMER], SUBSCRIPTION)) is None
    assert read_token([], TOKEN) is None


def test_a_signature_of_another_purpose_is_none() -> None:
    content = TOKEN.split(".")[0]
    signature = base64.urlsafe_b64encode(hmac.new(SECRET.encode(), content.encode(), hashlib.sha256).digest())

    assert read_token([SECRET], f"{content}.{signature.decode().rstrip('=')}") is None


def test_a_person_of_no_possible_id_has_no_link() -> None:
    assert read_token([SECRET], token_of([SECRET], Subscription("a/b", "session.booked"))) is None
    assert read_token([SECRET], token_of([SECRET], Subscription("ada", "newer.type"))) is None


def test_what_is_mandatory_has_no_link() -> None:
    settings = Settings("demo", "postgresql://", unsubscribe_secrets=(SECRET,))

    assert (
        unsubscribe_url(settings, "https://app.example/", SUBSCRIPTION)
        == f"https://app.example/unsubscribe/{TOKEN}"
    )
    assert unsubscribe_url(settings, "https://app.example", Subscription("ada", "session.cancelled")) is None


def test_nothing_is_signed_without_a_secret() -> None:
    with pytest.raises(Misconfigured, match="UNSUBSCRIBE_SECRETS"):
        token_of([], SUBSCRIPTION)
