"""Tokens of every kind, signed with real keys: what is believed, and what is told of the rest."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from courtside.errors import TokenRefused
from courtside.identity.federation.issuers import read_issuers
from courtside.identity.federation.key_rings import open_ring
from courtside.identity.federation.model import Assertion, Problem
from courtside.identity.federation.service import Federation
from tests.hosts import (
    ISS,
    SECRET,
    claims,
    configured,
    federation,
    issuer,
    jwk,
    private_key,
    secret_keys,
    sign,
)

PUBLIC_KEY_ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
SECRET_ALGORITHMS = ("HS256", "HS384", "HS512")


def exchange(trusting: Federation, token: str, now: datetime | None = None) -> Assertion:
    return trusting.verify(token, now or datetime.now(UTC))


def problem_of(trusting: Federation, token: str, now: datetime | None = None) -> Problem:
    with pytest.raises(TokenRefused) as refused:
        exchange(trusting, token, now)
    return Problem(refused.value.details["problem"])


def published(*algorithms: str) -> dict[str, Any]:
    return {"jwks_url": f"{ISS}/jwks.json", "algorithms": algorithms}


class TestTheValid:
    """What is believed, and no more than was said."""

    def test_a_token_names_a_person_of_its_issuer(self) -> None:
        said = claims(email="Ada@Club.example", email_verified=True)

        assertion = exchange(federation(), sign(said))

        assert (assertion.issuer, assertion.subject, assertion.email) == (issuer(), "ada", "ada@club.example")
        assert assertion.issued_at == datetime.fromtimestamp(said["iat"], UTC)
        assert assertion.token_id is None

    @pytest.mark.parametrize("algorithm", PUBLIC_KEY_ALGORITHMS)
    def test_every_public_key_algorithm_verifies(self, algorithm: str) -> None:
        trusting = federation(jwk(algorithm), keys=published(algorithm))

        assert exchange(trusting, sign(kind=algorithm)).subject == "ada"

    @pytest.mark.parametrize("algorithm", SECRET_ALGORITHMS)
    def test_every_shared_secret_algorithm_verifies(self, algorithm: str) -> None:
        trusting = federation(keys=secret_keys(algorithm))

        assert exchange(trusting, sign(kind=algorithm)).subject == "ada"

    def test_a_new_secret_is_known_beside_the_old_one(self) -> None:
        keys = {"secrets": {"old": SECRET, "new": SECRET[::-1]}, "algorithms": ["HS256"]}
        trusting = federation(keys=keys)
        by_new = jwt.encode(claims(sub="new"), SECRET[::-1], "HS256", {"kid": "new"})

        assert exchange(trusting, sign(kind="HS256", name="old")).subject == "ada"
        assert exchange(trusting, by_new).subject == "new"

    def test_one_audience_may_stand_in_a_list(self) -> None:
        assert exchange(federation(), sign(claims(aud=["courtside"]))).subject == "ada"

    @pytest.mark.parametrize("kind", ["JWT", "jwt", None])
    def test_a_plain_token_may_say_that_it_is_one(self, kind: str | None) -> None:
        assert exchange(federation(), sign(typ=kind)).subject == "ada"

    def test_an_issuer_may_mark_what_is_meant_for_us(self) -> None:
        trusting = federation(typ="courtside+jwt")

        assert exchange(trusting, sign(typ="Courtside+JWT")).subject == "ada"
        assert problem_of(trusting, sign(typ="JWT")) is Problem.MALFORMED
        assert problem_of(trusting, sign(typ=None)) is Problem.MALFORMED

    @pytest.mark.parametrize(
        ("said", "email"),
        [
            ({"email": "ada@club.example"}, None),
            ({"email": "ada@club.example", "email_verified": False}, None),
            ({"email": "ada@club.example", "email_verified": "true"}, None),
            ({"email": "ada@club.example", "email_verified": 1}, None),
            ({"email": ["ada@club.example"], "email_verified": True}, None),
            ({"email": "ada", "email_verified": True}, None),
            ({"email": "a@b@club.example", "email_verified": True}, None),
            ({"email": "ada@club.example\n", "email_verified": True}, None),
            ({"email": "ada @club.example", "email_verified": True}, None),
            ({"email": "\u0430da@club.example", "email_verified": True}, None),
            ({"email": "\u212aim@club.example", "email_verified": True}, None),
            ({"email": "a" * 65 + "@club.example", "email_verified": True}, None),
            ({"email_verified": True}, None),
            ({"email": "ADA+x@club.example", "email_verified": True}, "ada+x@club.example"),
        ],
    )
    def test_an_email_counts_only_when_it_is_proved_and_plain(
        self, said: dict[str, Any], email: str | None
    ) -> None:
        assert exchange(federation(), sign(claims(**said))).email == email


class TestTheForged:
    """Signatures that are none, and keys that are not for this."""

    def test_another_key_under_the_same_name(self) -> None:
        forged = jwt.encode(claims(), private_key("ES256", "evil"), "ES256", {"kid": "1"})

        assert problem_of(federation(), forged) is Problem.BAD_SIGNATURE

    def test_a_key_that_is_not_published(self) -> None:
        assert problem_of(federation(), sign(name="evil")) is Problem.BAD_SIGNATURE

    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
    def test_no_algorithm(self, algorithm: str) -> None:
        head = urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": "1"}).encode()).rstrip(b"=").decode()
        body, signature = sign().split(".")[1:]

        assert problem_of(federation(), f"{head}.{body}.{signature}") is Problem.BAD_SIGNATURE
        assert problem_of(federation(), f"{head}.{body}.") is Problem.MALFORMED

    @pytest.mark.parametrize("algorithm", SECRET_ALGORITHMS)
    @pytest.mark.parametrize("encoding", ["pem", "der", "jwk"])
    def test_the_public_key_as_a_secret(self, algorithm: str, encoding: str) -> None:
        key = private_key("RS256").public_key()
        known = {
            "pem": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "der": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "jwk": json.dumps(jwk("RS256")).encode(),
        }[encoding]
        head = urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": "1"}).encode()).rstrip(b"=")
        body = urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=")
        digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
        signature = urlsafe_b64encode(hmac.new(known, head + b"." + body, digest).digest()).rstrip(b"=")
        trusting = federation(jwk("RS256"), keys=published("RS256"))

        forged = b".".join((head, body, signature)).decode()

        assert problem_of(trusting, forged) is Problem.BAD_SIGNATURE

    def test_an_algorithm_that_the_issuer_does_not_use(self) -> None:
        trusting = federation(jwk("RS256"), keys=published("RS256"))

        assert problem_of(trusting, sign(kind="PS256", name="1")) is Problem.BAD_SIGNATURE
        assert problem_of(trusting, sign(kind="RS512", name="1")) is Problem.BAD_SIGNATURE

    def test_an_algorithm_that_the_key_is_not_for(self) -> None:
        trusting = federation(jwk("RS256", alg="RS256"), keys=published("RS256", "PS256"))

        assert exchange(trusting, sign(kind="RS256")).subject == "ada"
        forged = jwt.encode(claims(), private_key("RS256"), "PS256", {"kid": "1"})
        assert problem_of(trusting, forged) is Problem.BAD_SIGNATURE

    def test_a_secret_that_is_not_the_one_named(self) -> None:
        keys = {"secrets": {"1": SECRET, "2": SECRET[::-1]}, "algorithms": ["HS256"]}
        by_other = jwt.encode(claims(), SECRET[::-1], "HS256", {"kid": "1"})

        assert problem_of(federation(keys=keys), by_other) is Problem.BAD_SIGNATURE

    @pytest.mark.parametrize("part", [0, 1, 2])
    def test_a_part_of_another_token(self, part: int) -> None:
        parts = sign().split(".")
        parts[part] = sign(claims(sub="eve"), x="y").split(".")[part]

        assert problem_of(federation(), ".".join(parts)) is Problem.BAD_SIGNATURE

    @pytest.mark.parametrize("issuer", ["https://evil.example", ISS + "/", ISS.upper(), f"{ISS}\0", ""])
    def test_an_issuer_that_nobody_trusts(self, issuer: str) -> None:
        assert problem_of(federation(), sign(claims(iss=issuer))) is Problem.UNKNOWN_ISSUER

    def test_what_is_not_signed_for_learns_nothing_of_its_claims(self) -> None:
        """Whether a token is expired, and for whom it is, is told only to whoever could sign one."""
        said = claims(exp=1, aud="other", sub="")

        assert problem_of(federation(), sign(said, name="evil")) is Problem.BAD_SIGNATURE


class TestTheUntimely:
    """Times are whole tokens' business: too old, too young, and what is no time."""

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"exp": -11}, Problem.EXPIRED),
            ({"nbf": 12}, Problem.NOT_YET_VALID),
            ({"iat": 12}, Problem.NOT_YET_VALID),
            ({"iat": -311, "exp": 3_600}, Problem.EXPIRED),
            ({"iat": -86_400 * 365, "exp": 86_400 * 365}, Problem.EXPIRED),
        ],
    )
    def test_a_token_has_its_time(self, changes: dict[str, int], problem: Problem) -> None:
        now = int(time.time())
        said = claims(**{name: now + seconds for name, seconds in changes.items()})

        assert problem_of(federation(), sign(said)) is problem

    @pytest.mark.parametrize("changes", [{"exp": -8}, {"nbf": 8}, {"iat": 8}, {"iat": -305, "exp": 60}])
    def test_clocks_may_differ_a_little(self, changes: dict[str, int]) -> None:
        now = int(time.time())
        said = claims(**{name: now + seconds for name, seconds in changes.items()})

        assert exchange(federation(), sign(said)).subject == "ada"

    def test_a_time_may_have_a_fraction(self) -> None:
        now = time.time()

        assertion = exchange(federation(), sign(claims(iat=now - 0.5, nbf=now - 0.5, exp=now + 30.5)))

        assert abs(assertion.issued_at.timestamp() - (now - 0.5)) < 0.001

    def test_an_issuer_may_allow_no_difference(self) -> None:
        said = claims(exp=int(time.time()) - 1)

        assert problem_of(federation(leeway_seconds=0), sign(said)) is Problem.EXPIRED

    def test_a_token_is_young_however_long_it_is_valid(self) -> None:
        said = claims(exp=int(time.time()) + 86_400)
        later = datetime.fromtimestamp(said["iat"], UTC) + timedelta(seconds=60)

        assert exchange(federation(max_age_seconds=60), sign(said), later).subject == "ada"
        too_late = later + timedelta(seconds=10)
        assert problem_of(federation(max_age_seconds=60), sign(said), too_late) is Problem.EXPIRED

    @pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
    @pytest.mark.parametrize("value", [None, "soon", "now", []])
    def test_what_is_not_a_number_is_malformed(self, name: str, value: Any) -> None:
        value = str(int(time.time())) if value == "now" else value
        assert problem_of(federation(leeway_seconds=60), sign(claims(**{name: value}))) is Problem.MALFORMED

    @pytest.mark.parametrize(
        ("name", "value"),
        [("nbf", True), ("nbf", -1), ("exp", 2**64), ("exp", 1e300), ("iat", -1), ("iat", True)],
    )
    def test_what_no_clock_shows_is_malformed(self, name: str, value: float) -> None:
        assert problem_of(federation(), sign(claims(**{name: value}))) is Problem.MALFORMED


class TestTheMisaddressed:
    """Claims that are signed and still not for us."""

    @pytest.mark.parametrize(
        "audience",
        [
            "other",
            "Courtside",
            "courtside ",
            ["other"],
            ["courtside", "other"],
            ["courtside", "courtside"],
            [["courtside"]],
            {"courtside": 1},
        ],
    )
    def test_another_audience_or_more_than_ours(self, audience: Any) -> None:
        assert problem_of(federation(), sign(claims(aud=audience))) is Problem.WRONG_AUDIENCE

    @pytest.mark.parametrize("name", ["iss", "aud", "sub", "exp", "nbf", "iat"])
    def test_a_claim_that_is_missing(self, name: str) -> None:
        assert problem_of(federation(), sign(claims(**{name: None}))) is Problem.MALFORMED

    @pytest.mark.parametrize("subject", ["", " ", "a b", "a\n", "\0", "é", "s" * 256, 7, True, ["ada"], {}])
    def test_a_subject_that_is_none(self, subject: Any) -> None:
        assert problem_of(federation(), sign(claims(sub=subject))) is Problem.MALFORMED

    @pytest.mark.parametrize(
        "subject", ["7", "a/../admin", "__x__", "auth0|1", "s" * 255, "'; DROP TABLE users; --"]
    )
    def test_a_subject_that_is_only_odd(self, subject: str) -> None:
        said = claims(sub=subject.replace(" ", ""))

        assert exchange(federation(), sign(said)).subject == said["sub"]

    @pytest.mark.parametrize("token_id", [None, "", 1, "a b", "t" * 256, ["1"]])
    def test_a_token_for_once_has_a_name(self, token_id: Any) -> None:
        trusting = federation(replay="once")

        assert problem_of(trusting, sign(claims(jti=token_id))) is Problem.MALFORMED
        assert exchange(trusting, sign(claims(jti="t1"))).token_id == "t1"

    def test_a_token_can_be_taken_as_long_as_its_name_is_remembered(self) -> None:
        said = claims(jti="t1", exp=int(time.time()) + 3_600)

        usable_until = exchange(federation(replay="once"), sign(said)).usable_until

        assert usable_until == datetime.fromtimestamp(said["iat"] + 300 + 10, UTC)


def test_two_issuers_do_not_speak_for_each_other() -> None:
    """The second is trusted too, but its key signs nothing for the first."""
    other = {**configured(id="other", iss="https://other.example"), "keys": secret_keys(secret=SECRET[::-1])}
    issuers = read_issuers(json.dumps([configured(keys=secret_keys()), other]))
    rings = {iss: open_ring(trusted.keys, to_loopback=False) for iss, trusted in issuers.items()}
    by_other = jwt.encode(claims(), SECRET[::-1], "HS256", {"kid": "1"})

    assert problem_of(Federation(issuers, rings), by_other) is Problem.BAD_SIGNATURE


def test_what_is_told_of_a_refusal_is_one_word() -> None:
    with pytest.raises(TokenRefused) as refused:
        exchange(federation(), sign(claims(exp=1)))

    assert (refused.value.reason, refused.value.details) == ("TOKEN_REFUSED", {"problem": "expired"})
