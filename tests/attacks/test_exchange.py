"""The door of host applications: tokens that they did not sign, not for us, not now, not twice, not for everybody."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.attacks import forged
from tests.attacks.arena import Arena
from tests.attacks.attempt import Answer, calls
from tests.attacks.doors import verdict_of
from tests.attacks.forged import Issuer, es256, hs256, unsigned
from tests.attacks.host import GYM
from tests.attacks.verdicts import INVALID, MALFORMED, TOKEN, TOO_LARGE
from tests.hosts import AUD, ISS, SECRET, private_key, sign
from tests.world import ADMIN

THIEF = Issuer()
DAY = 86_400
Forge = Callable[[], str]


def said(**changes: Any) -> dict[str, Any]:
    """What the club says of Ada, with a fresh id; None leaves a claim out."""
    now = int(time.time())
    fresh = {
        "iss": ISS,
        "aud": AUD,
        "sub": "ada",
        "iat": now,
        "nbf": now,
        "exp": now + 60,
        "jti": uuid4().hex,
    }
    return {name: of for name, of in {**fresh, **changes}.items() if of is not None}


def club(headers: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token that the club signed."""
    return sign(said(**changes), kind="RS256", **(headers or {}))


def gym(typ: str | None = "courtside+jwt", **changes: Any) -> str:
    """A token that the gym signed."""
    return sign(said(iss=GYM, **changes), kind="HS256", typ=typ)


def made(sign_: forged.Sign, payload: dict[str, Any] | bytes | None = None, **header: Any) -> Forge:
    """The right claims under any header, signed by whoever."""
    fields = {"alg": "RS256", "typ": "JWT", "kid": "1", **header}
    kept = {name: of for name, of in fields.items() if of is not None}
    return lambda: forged.token(kept, said() if payload is None else payload, sign_)


def published() -> bytes:
    """The club's public key, as PEM."""
    encoding, shape = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    key: bytes = private_key("RS256").public_key().public_bytes(encoding, shape)
    return key


def in_days(days: float) -> int:
    return int(time.time() + days * DAY)


TWICE = json.dumps(said())[:-1].encode() + b', "sub": "root"}'
FORGED: dict[str, Forge] = {
    "no algorithm": made(unsigned, alg="none"),
    "no algorithm, mixed": made(unsigned, alg="NoNe"),
    "no signature": made(lambda text: b"0"),
    "somebody else's key": made(THIEF.sign),
    "the public key as a secret": made(hs256(published()), alg="HS256"),
    "the secret of the other host": made(hs256(SECRET.encode()), alg="HS256"),
    "another kind of key": made(es256, alg="ES256"),
    "a stronger hash": made(THIEF.sign, alg="RS512"),
    "the gym's name under the club's key": lambda: club(iss=GYM),
    "the club's name under the gym's secret": lambda: sign(said(), kind="HS256"),
    "a key embedded in the header": made(THIEF.sign, jwk={"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
    "a key set of one's own": lambda: club({"jku": "https://evil.example.com/keys"}),
    "a certificate of one's own": lambda: club({"x5u": "https://evil.example.com/cert"}),
    "an extension that is critical": lambda: club({"crit": ["exp"]}),
    "a payload that is not encoded": lambda: club({"b64": False, "crit": ["b64"]}),
    "a compressed payload": lambda: club({"zip": "DEF"}),
    "no key id": made(THIEF.sign, kid=None),
    "a key id that is not known": made(THIEF.sign, kid="2"),
    "a key id that is a path": made(hs256(b""), alg="HS256", kid="../../../dev/null"),
    "a key id that is SQL": made(THIEF.sign, kid="' UNION SELECT 1 --"),
    "a key id that is an address": made(THIEF.sign, kid="http://169.254.169.254/"),
    "a key id that is a list": made(THIEF.sign, kid=["1"]),
    "a key id of a megabyte": made(THIEF.sign, kid="1" * 7_000),
    "another type": lambda: gym(typ="at+jwt"),
    "no type where one is asked": lambda: gym(typ="JWT"),
    "an issuer that is not trusted": lambda: club(iss="https://evil.example.com"),
    "an issuer that only begins right": lambda: club(iss=f"{ISS}.evil.example.com"),
    "an issuer with a slash more": lambda: club(iss=f"{ISS}/"),
    "issuers in a list": lambda: forged.token({"alg": "RS256", "kid": "1"}, said(iss=[ISS]), THIEF.sign),
    "no issuer": made(THIEF.sign, said(iss=None)),
    "for somebody else": lambda: club(aud="another"),
    "for us and somebody else": lambda: club(aud=[AUD, "another"]),
    "for nobody": lambda: club(aud=None),
    "of yesterday": lambda: club(iat=in_days(-1), nbf=in_days(-1), exp=in_days(-0.9)),
    "too old, but valid for a year": lambda: club(iat=in_days(-1), nbf=in_days(-1), exp=in_days(365)),
    "of tomorrow": lambda: club(iat=in_days(1), nbf=in_days(1), exp=in_days(1.1)),
    "not valid yet": lambda: club(nbf=in_days(1), exp=in_days(2)),
    "without end": lambda: club(exp=None),
    "without beginning": lambda: club(nbf=None),
    "without a time of issue": lambda: club(iat=None),
    "until the end of time": lambda: club(iat=10**18, exp=10**19),
    "until true": lambda: club(iat=True),
    "without an id": lambda: club(jti=None),
    "an id that is empty": lambda: club(jti=""),
    "nobody": lambda: club(sub=""),
    "no subject": lambda: club(sub=None),
    "a subject that is a number": lambda: forged.token({"alg": "RS256", "kid": "1"}, said(sub=5), club_key),
    "a subject with a line": lambda: club(sub="ada\nrole: admin"),
    "a subject that looks like Ada": lambda: club(sub="\u0430da"),
    "a subject too long": lambda: club(sub="a" * 256),
    "too large": lambda: club(note="x" * 9_000),
    "a payload that is deep": made(THIEF.sign, b"[" * 4_000),
    "a payload that is a list": made(THIEF.sign, b"[]"),
    "a name twice": lambda: forged.token({"alg": "RS256", "kid": "1"}, TWICE, club_key),
    "five parts": lambda: ".".join([club()] + ["x"] * 2),
    "a token in a token": lambda: club({"cty": "JWT"}, sub=None, token=club()),
    "blanks": lambda: f" {club()} ",
    "a token of Firebase": lambda: forged.token({"alg": "none"}, forged.claims_of("ada", "demo"), unsigned),
    "padding": lambda: club() + "==",
}


def club_key(text: bytes) -> bytes:
    """The club's own signature under anything at all."""
    return jwt.get_algorithm_by_name("RS256").sign(text, private_key("RS256"))


def exchange(arena: Arena, body: Any, **headers: str) -> Answer:
    """Send anything to `exchange_token`."""
    doors = arena.doors
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = doors.http.post(
        f"{doors.functions}/exchange_token",
        content=content,
        headers={"Content-Type": "application/json", **headers},
    )
    return Answer(verdict_of(reply), f"{reply.headers}\n{reply.text}")


def sign_in(arena: Arena, token: str) -> dict[str, Any]:
    """Exchange a token that is expected to be believed: the answer."""
    arena.expect_change()
    answer = exchange(arena, {"token": token})
    assert answer.verdict == "OK", answer.text
    return answer.body


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_token_is_not_believed(arena: Arena, forge: Forge) -> None:
    token = forge()

    with arena.unchanged():
        answer = exchange(arena, {"token": token})

    assert answer.verdict == TOKEN
    assert token[:30] not in answer.text
    assert SECRET not in answer.text


@pytest.mark.parametrize("token", [club, gym])
def test_a_good_token_opens_one_account(arena: Arena, token: Callable[[], str]) -> None:
    assert sign_in(arena, token())["uid"] == sign_in(arena, token())["uid"]


BODIES: dict[str, tuple[Any, str]] = {
    "nothing": (b"", MALFORMED),
    "a list": (["x"], MALFORMED),
    "no token": ({}, INVALID),
    "a token that is a list": ({"token": ["x"]}, INVALID),
    "a token and a uid": ({"token": "x", "uid": "ada"}, INVALID),
    "a token and a role": ({"token": "x", "claims": {"role": "admin"}}, INVALID),
    "a token twice": (b'{"token":"x","token":"y"}', MALFORMED),
    "a megabyte": ({"token": "x" * 1_000_000}, TOO_LARGE),
    "deep": (b'{"token":' + b"[" * 10_000, TOO_LARGE),
    "NaN": (b'{"token":NaN}', MALFORMED),
}


@pytest.mark.parametrize(("body", "verdict"), BODIES.values(), ids=BODIES)
def test_body_that_is_none_is_refused(arena: Arena, body: Any, verdict: str) -> None:
    with arena.unchanged():
        assert exchange(arena, body).verdict == verdict


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_foreign_page_cannot_exchange(arena: Arena, content_type: str) -> None:
    with arena.unchanged():
        answer = exchange(arena, {"token": club()}, **{"Content-Type": content_type})

    assert answer.verdict == MALFORMED


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "TRACE"])
def test_tokens_are_exchanged_by_post_alone(arena: Arena, method: str) -> None:
    doors = arena.doors

    with arena.unchanged():
        reply = doors.http.request(method, f"{doors.functions}/exchange_token?token={club()}")

    assert reply.status_code in {400, 405}


def test_a_token_is_taken_once(arena: Arena) -> None:
    token = club()
    sign_in(arena, token)

    with arena.unchanged():
        assert exchange(arena, {"token": token}).verdict == TOKEN


def test_a_host_gives_no_role(arena: Arena) -> None:
    powers: dict[str, Any] = {
        "role": "admin",
        "admin": True,
        "uid": "ada",
        "claims": {"role": "admin"},
        "user_id": "ada",
    }

    answer = sign_in(arena, club(**powers, sub="mallory"))

    uid, custom = answer["uid"], answer["custom_token"].split(".")[1]
    payload = json.loads(base64.urlsafe_b64decode(custom + "=" * (-len(custom) % 4)))
    assert payload["claims"] == {"issuer": "club"}
    assert uid not in {"ada", ADMIN, "mallory"}
    assert arena.world.rows("SELECT role FROM users WHERE id = %s", uid) == []


def test_a_subject_is_not_an_account_of_ours(arena: Arena) -> None:
    for name in ("ada", ADMIN, "tom"):
        assert sign_in(arena, gym(sub=name))["uid"] != name


def test_who_is_blocked_stays_out_by_this_door(arena: Arena) -> None:
    uid = sign_in(arena, gym(sub="bad"))["uid"]
    arena.succeed(calls(uid, "account.register_client", "", "", display_name="Bad", time_zone="UTC"))
    arena.succeed(calls(ADMIN, "admin.block_user", "", "", user_id=uid, reason="a test of blocks"))

    with arena.unchanged():
        assert exchange(arena, {"token": gym(sub="bad")}).verdict == "PERMISSION_DENIED ACCOUNT_BLOCKED"
        assert exchange(arena, {"token": gym(sub="bad", email="x@example.com")}).verdict.endswith("BLOCKED")


def test_staff_sign_in_by_the_front_door(arena: Arena) -> None:
    uid = sign_in(arena, gym(sub="boss"))["uid"]
    arena.succeed(calls(uid, "account.register_client", "", "", display_name="Boss", time_zone="UTC"))
    role = {"user_id": uid, "role": "support", "reason": "a test of staff"}
    arena.succeed(calls(ADMIN, "admin.set_role", "", "", **role))

    with arena.unchanged():
        assert exchange(arena, {"token": gym(sub="boss")}).verdict == "PERMISSION_DENIED STAFF_NOT_ADMITTED"


def test_no_token_is_logged(arena: Arena) -> None:
    token = club()
    sign_in(arena, token)
    exchange(arena, {"token": token})

    written = arena.log.read_text()
    assert token not in written
    assert token.split(".")[1] not in written
    assert SECRET not in written
