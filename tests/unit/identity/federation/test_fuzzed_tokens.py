"""Tokens that nobody would write: whatever they are, they are refused in one of the known words, or are valid."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import jwt
from hypothesis import example, given, settings
from hypothesis import strategies as st

from courtside.errors import TokenRefused
from courtside.identity.federation.issuers import Issuer, read_issuers
from courtside.identity.federation.key_rings import KeySetRing, open_ring
from courtside.identity.federation.key_sets import read_key_set
from courtside.identity.federation.model import Assertion, Problem
from courtside.identity.federation.service import Federation
from tests.hosts import (
    ISS,
    SECRET,
    Publisher,
    claims,
    configured,
    jwk,
    key_set,
    private_key,
    secret_keys,
    sign,
)

OTHER_ISS = "https://other.example"
ISSUERS = read_issuers(
    json.dumps([configured(), configured(id="other", iss=OTHER_ISS, keys=secret_keys(), replay="once")])
)


def _ring(trusted: Issuer) -> Any:
    if trusted.iss == OTHER_ISS:
        return open_ring(trusted.keys, to_loopback=False)
    return KeySetRing(trusted.keys, Publisher().fetch)  # type: ignore[arg-type]


FEDERATION = Federation(ISSUERS, {iss: _ring(trusted) for iss, trusted in ISSUERS.items()})

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["1", ISS, OTHER_ISS, "courtside", "ES256", "HS256", "none", "ada", "JWT"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kid", "k", "iss", "aud", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)
header_names = st.sampled_from(["alg", "kid", "typ", "jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "cty"])
key_parts = st.sampled_from(["kty", "kid", "crv", "x", "y", "n", "e", "d", "k", "alg", "use", "key_ops"])
claim_names = st.sampled_from(
    ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "email", "email_verified", "role", "admin"]
)


def judge(text: str) -> Assertion | Problem:
    """What is believed of a token, or the word by which it is refused; any other error fails the test."""
    try:
        return FEDERATION.verify(text, datetime.now(UTC))
    except TokenRefused as refusal:
        return Problem(refusal.details["problem"])


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def unsigned(header: dict[str, Any], said: dict[str, Any]) -> str:
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(said).encode())}"


def signed(header: dict[str, Any], said: dict[str, Any], key: str = "1") -> str:
    """Signed as ES256 whatever its header says, which no library does."""
    text = unsigned(header, said)
    signature = jwt.get_algorithm_by_name("ES256").sign(text.encode(), private_key("ES256", key))
    return f"{text}.{encoded(signature)}"


@given(
    st.text()
    | st.from_regex(r"\A[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){0,4}\Z")
    | st.text("ey.-_=\0\n", max_size=99)
)
def test_no_text_is_believed(text: str) -> None:
    assert isinstance(judge(text), Problem)


@given(
    header=st.dictionaries(header_names, values, max_size=5),
    said=st.dictionaries(claim_names, values, max_size=8),
    signature=st.binary(max_size=80),
)
@example(header={"alg": "ES256", "kid": "1"}, said={"iss": ISS}, signature=b"")
@example(header={"alg": "ES256", "kid": "1"}, said={"iss": ISS}, signature=bytes(64))
@example(header={"alg": "HS256", "kid": "1"}, said={"iss": OTHER_ISS}, signature=bytes(32))
@example(header={"alg": "none", "kid": "1"}, said={"iss": ISS}, signature=b"x")
def test_nothing_unsigned_is_believed(header: dict[str, Any], said: dict[str, Any], signature: bytes) -> None:
    """Signed with nothing, or with anything but a key of the issuer."""
    assert isinstance(judge(f"{unsigned(header, said)}.{encoded(signature)}"), Problem)


@given(changes=st.dictionaries(claim_names, values, max_size=4))
@example(changes={})
@example(changes={"role": "admin"})
def test_what_is_signed_is_believed_only_as_far_as_it_says_enough(changes: dict[str, Any]) -> None:
    said = {**claims(), **changes}
    verdict = judge(signed({"alg": "ES256", "kid": "1"}, said))

    if isinstance(verdict, Assertion):
        assert (said["iss"], verdict.issuer.id) == (ISS, "club")
        assert said["aud"] in ("courtside", ["courtside"])
        assert (verdict.subject, type(said["sub"])) == (said["sub"], str)
        assert all(type(said[name]) in (int, float) for name in ("exp", "nbf", "iat"))
        assert verdict.email is None or said["email_verified"] is True
    else:
        assert changes


@given(changes=st.dictionaries(header_names, values, max_size=3))
@example(changes={})
def test_no_header_widens_what_a_key_signs(changes: dict[str, Any]) -> None:
    """Whatever a header says, nothing but the key of the issuer signs for it."""
    header = {"alg": "ES256", "kid": "1", **changes}

    for key in ("1", "evil"):
        if isinstance(judge(signed(header, claims(), key)), Assertion):
            assert (key, header["alg"], header["kid"]) == ("1", "ES256", "1")


@given(data=st.data())
@settings(max_examples=300)
def test_a_token_that_was_touched_anywhere_is_not_believed(data: st.DataObject) -> None:
    by_secret = jwt.encode(claims(iss=OTHER_ISS, jti="1"), SECRET, "HS256", {"kid": "1"})
    token = data.draw(st.sampled_from([sign(), by_secret]))
    place = data.draw(st.integers(0, len(token) - 1))
    touched = token[:place] + data.draw(st.sampled_from("AZaz09-_.= \n")) + token[place + 1 :]

    assert isinstance(judge(token), Assertion)
    assert touched == token or isinstance(judge(touched), Problem)


@given(keys=st.lists(st.dictionaries(key_parts, values, max_size=9), max_size=4))
@example(keys=[{**jwk("ES256"), "x": jwk("ES384")["x"]}])
@example(keys=[{**jwk("RS256"), "e": "AA"}])
@example(keys=[{**jwk("RS256"), "e": "AQ"}])
@example(keys=[{**jwk("RS256"), "n": ""}])
@example(keys=[{**jwk("EdDSA"), "x": "AA"}])
def test_no_published_key_breaks_the_reading_of_others(keys: list[dict[str, Any]]) -> None:
    good = jwk("ES256", "good")

    assert ("good", "ES256") in read_key_set(key_set(*keys, good), ("RS256", "ES256", "EdDSA"))
