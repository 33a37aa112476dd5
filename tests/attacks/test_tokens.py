"""Tokens that are forged, confused, stolen or stale, against the verifier of production."""

import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.attacks import forged
from tests.attacks.arena import Arena
from tests.attacks.attempt import Answer
from tests.attacks.deployed import Deployed
from tests.attacks.forged import KEY_ID, Issuer, claims_of, es256, hs256, unsigned
from tests.attacks.verdicts import MISSING, NO_BOOKING, TOKEN
from tests.http_calls import body_of

Forge = Callable[[Deployed], str]
# The attacker's own, of the same make.
THIEF = Issuer()
NOW = int(time.time())
HOUR = 3_600


def headed(sign: forged.Sign | None = None, **header: object) -> Forge:
    """The right claims under another header; signed by the thief, unless told otherwise."""
    fields = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID, **header}
    kept = {name: value for name, value in fields.items() if value is not None}
    return lambda d: forged.token(kept, claims_of("ada", d.project), sign or THIEF.sign)


def saying(uid: object = "ada", **claims: object) -> Forge:
    """Other claims, signed as they should be."""
    return lambda d: d.token(uid, **claims)


def confused(material: Callable[[Issuer], bytes]) -> Forge:
    """What is published, taken for a shared secret."""
    return lambda d: headed(hs256(material(d.issuer)), alg="HS256")(d)


def pss(text: bytes) -> bytes:
    """A signature of another scheme by the thief's key."""
    return THIEF.key.sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def altered(d: Deployed) -> str:
    """A good token of Mal's with Ada's claims put in."""
    header, _, signature = d.token("mal").split(".")
    return ".".join((header, d.token("ada").split(".")[1], signature))


def raw(payload: bytes, sign: forged.Sign = unsigned) -> Forge:
    """Any payload at all."""
    return lambda d: forged.token({"alg": "RS256", "kid": KEY_ID}, payload, sign)


FORGED: dict[str, Forge] = {
    "no algorithm": headed(unsigned, alg="none"),
    "no algorithm, in capitals": headed(unsigned, alg="NONE"),
    "no algorithm, mixed": headed(unsigned, alg="nOnE"),
    "no algorithm and no key id": headed(unsigned, alg="none", kid=None),
    "an empty algorithm": headed(unsigned, alg=""),
    "no signature": headed(unsigned),
    "somebody else's key": headed(),
    "the certificate as a shared secret": confused(lambda issuer: issuer.certificate.encode()),
    "the public key as a shared secret": confused(lambda issuer: issuer.public_pem),
    "an empty shared secret": confused(lambda issuer: b""),
    "the public key as a secret, said to be RS256": lambda d: headed(hs256(d.issuer.public_pem))(d),
    "an elliptic key of one's own": headed(es256, alg="ES256"),
    "another padding": headed(pss, alg="PS256"),
    "a key embedded in the header": headed(jwk={"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
    "a key set of one's own": headed(jku="https://evil.example.com/keys"),
    "a certificate of one's own": headed(x5c=[THIEF.certificate], x5u="https://evil.example.com/cert"),
    "an extension that is critical": headed(crit=["exp"], exp=NOW),
    "a key id that is not known": headed(kid="another"),
    "no key id": headed(kid=None),
    "an empty key id": headed(kid=""),
    "a key id that is a path": headed(hs256(b""), alg="HS256", kid="../../../../dev/null"),
    "a key id that is SQL": headed(kid="' UNION SELECT 'x' --"),
    "a key id that is a command": headed(kid="key|/usr/bin/id"),
    "a key id that is an address": headed(kid="http://169.254.169.254/"),
    "a key id that is a list": headed(kid=[KEY_ID]),
    "the claims of somebody else": altered,
    "another project's audience": saying(aud="demo-evil"),
    "audiences in a list": lambda d: d.token("ada", aud=[d.project, "demo-evil"]),
    "an empty audience": saying(aud=""),
    "no audience": saying(aud=None),
    "another project's issuer": saying(iss="https://securetoken.google.com/demo-evil"),
    "an issuer without TLS": lambda d: d.token("ada", iss=f"http://securetoken.google.com/{d.project}"),
    "an issuer that only begins right": lambda d: d.token(
        "ada", iss=f"https://securetoken.google.com/{d.project}.evil.example.com"
    ),
    "a session cookie": lambda d: d.token("ada", iss=f"https://session.firebase.google.com/{d.project}"),
    "a custom token": saying(
        aud="https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
        iss="firebase-adminsdk@demo.iam.gserviceaccount.com",
    ),
    "a Google account's token": saying(iss="https://accounts.google.com"),
    "no issuer": saying(iss=None),
    "an hour too old": saying(iat=NOW - 3 * HOUR, exp=NOW - 2 * HOUR),
    "no expiry": saying(exp=None),
    "an expiry that is text": saying(exp="never"),
    "of tomorrow": saying(iat=NOW + 24 * HOUR, exp=NOW + 25 * HOUR),
    "no time of issue": saying(iat=None),
    "a sign-in of tomorrow": saying(auth_time=NOW + 24 * HOUR),
    "no sign-in": saying(auth_time=None),
    "a sign-in that is text": saying(auth_time=str(NOW)),
    "a sign-in beyond all clocks": saying(auth_time=10**18),
    "nobody": saying(""),
    "no subject": saying(sub=None),
    "a subject that is a number": saying(5),
    "a subject that is a list": saying(["ada"]),
    "a subject that is a path": saying("mal/../ada"),
    "a subject of dots": saying(".."),
    "a subject of Firestore's own": saying("__ada__"),
    "a subject with a null": saying("ada\0"),
    "a subject with a line": saying("ada\nX-Role: admin"),
    "a subject that looks like Ada": saying("\u0430da"),
    "the system itself": saying("system"),
    "a subject too long": saying("a" * 129),
    "a payload that is a list": raw(b"[]", THIEF.sign),
    "a payload that is deep": raw(b"[" * 5_000),
    "a payload that is no JSON": raw(b'{"sub":'),
    "a payload of a megabyte": raw(b'{"sub":"' + b"a" * 1_000_000 + b'"}'),
}
HEADERS: dict[str, Callable[[str], dict[str, str]]] = {
    "the emulator's owner": lambda good: {"Authorization": "Bearer owner"},
    "a password": lambda good: {"Authorization": "Basic YWRhOmFkYQ=="},
    "another scheme": lambda good: {"Authorization": f"Token {good}"},
    "two tokens": lambda good: {"Authorization": f"Bearer {good}, Bearer {good}"},
    "a token and more": lambda good: {"Authorization": f"Bearer {good} admin"},
    "a token of four parts": lambda good: {"Authorization": f"Bearer {good}.{good}"},
    "a token cut short": lambda good: {"Authorization": f"Bearer {good[:-9]}"},
}
ELSEWHERE: dict[str, Callable[[str], dict[str, str]]] = {
    "in a cookie": lambda good: {"Cookie": f"__session={good}; token={good}"},
    "in a header of old SDKs": lambda good: {"Firebase-Instance-ID-Token": good},
    "in a proxy's header": lambda good: {"X-Forwarded-Authorization": f"Bearer {good}"},
    "in a header of Google's proxy": lambda good: {"X-Apigateway-Api-Userinfo": good},
}


def cancel(arena: Arena, production: Deployed, headers: dict[str, str]) -> Answer:
    """Cancel Ada's booking with these headers."""
    body = body_of("cancel_booking", booking_id=arena.names["booking"])
    reply = production.post("bookings", body, headers=headers)
    return Answer(f"{reply.error['status']} {reply.reason}", reply.text)


def test_a_good_token_is_believed(arena: Arena, production: Deployed) -> None:
    answer = cancel(arena, production, {"Authorization": f"Bearer {production.token('mal')}"})

    assert answer.verdict == NO_BOOKING


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_token_is_refused(arena: Arena, production: Deployed, forge: Forge) -> None:
    with arena.unchanged():
        answer = cancel(arena, production, {"Authorization": f"Bearer {forge(production)}"})

    assert answer.verdict == TOKEN


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_what_is_no_bearer_token_is_refused(
    arena: Arena, production: Deployed, headers: Callable[[str], dict[str, str]]
) -> None:
    with arena.unchanged():
        answer = cancel(arena, production, headers(production.token("ada")))

    assert answer.verdict == TOKEN


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
def test_token_counts_in_its_header_alone(
    arena: Arena, production: Deployed, headers: Callable[[str], dict[str, str]]
) -> None:
    with arena.unchanged():
        answer = cancel(arena, production, headers(production.token("ada")))

    assert answer.verdict == MISSING


def test_an_email_that_is_not_proved_is_not_taken(arena: Arena, production: Deployed) -> None:
    newcomer = production.token("newt", email="ada@example.com", email_verified=False)
    body = body_of("register_client", display_name="Newt", time_zone="UTC")

    assert production.post("account", body, token=newcomer).status == 200

    assert arena.world.rows("SELECT email FROM users WHERE id = 'newt'") == [(None,)]


@pytest.mark.parametrize("role", ["admin", "support", ["admin"], {"admin": True}])
def test_a_role_that_a_token_claims_is_not_believed(arena: Arena, production: Deployed, role: object) -> None:
    with arena.unchanged():
        reply = production.post(
            "admin", body_of("list_webhooks"), token=production.token("mal", role=role, admin=True)
        )

    assert reply.reason == "ROLE_NOT_ALLOWED"
