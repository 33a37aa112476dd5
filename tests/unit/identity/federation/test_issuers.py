"""Whose tokens are taken: what an operator may write down, and what he is told when he may not."""

import json
from typing import Any

import pytest

from courtside.config import Misconfigured
from courtside.identity.federation.issuers import KeySet, Replay, SharedSecrets, read_issuers
from tests.hosts import AUD, ISS, SECRET, configured, issuer, secret_keys


def refusal(*issuers: Any) -> str:
    with pytest.raises(Misconfigured) as raised:
        read_issuers(json.dumps(issuers))
    return str(raised.value)


def test_nobody_is_trusted_unless_told() -> None:
    assert read_issuers("[]") == {}


def test_an_issuer_is_trusted_with_no_more_than_was_said() -> None:
    read = issuer()

    assert (read.iss, read.aud, read.keys.algorithms) == (ISS, AUD, ("ES256",))
    assert (read.max_age_seconds, read.leeway_seconds, read.typ) == (300, 10, None)
    assert (read.replay, read.link_by_email, read.admits_staff) == (Replay.ALLOWED, False, False)


def test_keys_are_published_or_shared() -> None:
    assert isinstance(issuer().keys, KeySet)
    assert isinstance(issuer(keys=secret_keys()).keys, SharedSecrets)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"id": "The Club"}, "id"),
        ({"iss": ""}, "iss"),
        ({"iss": "https://club.example/\n"}, "iss"),
        ({"aud": ["courtside"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"max_age_seconds": 29}, "max_age_seconds"),
        ({"max_age_seconds": 3_601}, "max_age_seconds"),
        ({"max_age_seconds": "300"}, "max_age_seconds"),
        ({"leeway_seconds": -1}, "leeway_seconds"),
        ({"leeway_seconds": 61}, "leeway_seconds"),
        ({"leeway_seconds": True}, "leeway_seconds"),
        ({"replay": "twice"}, "replay"),
        ({"link_by_email": "yes"}, "link_by_email"),
        ({"trusted": True}, "trusted"),
        ({"keys": {}}, "jwks_url"),
        ({"keys": None}, "keys"),
        ({"keys": 5}, "keys"),
        ({"keys": {"jwks_url": "https://club.example/keys", "algorithms": []}}, "algorithms"),
        ({"keys": {"jwks_url": "https://club.example/keys", "algorithms": ["none"]}}, "algorithms"),
        ({"keys": {"jwks_url": "https://club.example/keys", "algorithms": ["HS256"]}}, "algorithms"),
        ({"keys": {"jwks_url": "http://club.example/keys", "algorithms": ["RS256"]}}, "jwks_url"),
        ({"keys": {"jwks_url": "https://10.0.0.1/keys", "algorithms": ["RS256"]}}, "jwks_url"),
        ({"keys": {"jwks_url": "https://169.254.169.254/keys", "algorithms": ["RS256"]}}, "jwks_url"),
        ({"keys": {"jwks_url": "file:///etc/passwd", "algorithms": ["RS256"]}}, "jwks_url"),
        ({"keys": secret_keys("RS256")}, "algorithms"),
        ({"keys": {**secret_keys(), "jwks_url": "https://club.example/keys"}}, "jwks_url"),
        ({"keys": {"secrets": {}, "algorithms": ["HS256"]}}, "secrets"),
        ({"keys": {"secrets": {"a key": SECRET}, "algorithms": ["HS256"]}}, "secrets"),
        ({"keys": {"secrets": SECRET, "algorithms": ["HS256"]}}, "secrets"),
    ],
)
def test_a_fault_is_named_by_its_place(changes: dict[str, Any], place: str) -> None:
    faults = refusal(configured(**changes))

    assert "EXCHANGE_ISSUERS" in faults
    assert place in faults


@pytest.mark.parametrize(
    "changes",
    [{"max_age_seconds": 30}, {"max_age_seconds": 3_600}, {"leeway_seconds": 0}, {"leeway_seconds": 60}],
)
def test_an_operator_may_go_as_far(changes: dict[str, int]) -> None:
    assert changes.items() <= issuer(**changes).model_dump().items()


@pytest.mark.parametrize(("algorithm", "least"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_as_long_as_its_hash(algorithm: str, least: int) -> None:
    just_enough = secret_keys(algorithm, secret="s" * least)
    too_short = secret_keys(algorithm, secret="s" * (least - 1))

    assert issuer(keys=just_enough).keys.algorithms == (algorithm,)
    assert f"shorter than {least} bytes" in refusal(configured(keys=too_short))


def test_a_secret_is_as_long_as_the_longest_of_its_hashes() -> None:
    assert "shorter than 64" in refusal(configured(keys=secret_keys("HS256", "HS512", secret="s" * 63)))


def test_half_of_a_key_pair_is_no_secret() -> None:
    public = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----"

    assert "key pair" in refusal(configured(keys=secret_keys(secret=public)))


@pytest.mark.parametrize("keys", [{"secrets": {SECRET: "1"}}, {"secrets": {"1": "short but secret"}}, SECRET])
def test_no_secret_is_told_wherever_it_stands(keys: Any) -> None:
    keys = {**keys, "algorithms": ["HS256"]} if isinstance(keys, dict) else keys
    faults = refusal(configured(keys=keys))

    assert SECRET not in faults
    assert "short but secret" not in faults


@pytest.mark.parametrize("name", ["id", "iss"])
def test_two_issuers_are_told_apart(name: str) -> None:
    second = {**configured(id="other", iss="https://other.example"), name: configured()[name]}

    assert f"the same {name}" in refusal(configured(), second)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "null", '"club"', "[1]", '[{"id": 1, "id": 2}]', "[" * 100_000, '{"issuers": []}', "[NaN]"],
)
def test_what_is_no_list_of_issuers_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="EXCHANGE_ISSUERS"):
        read_issuers(text)


def test_a_fault_of_the_whole_has_no_place() -> None:
    with pytest.raises(Misconfigured, match=r"\(all\)"):
        read_issuers("{}")


def test_a_secret_is_not_shown() -> None:
    assert SECRET not in repr(issuer(keys=secret_keys()))
