"""Published keys: which of them verify, and with which algorithms."""

import json
from typing import Any

import pytest
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from courtside.identity.federation.key_sets import read_key_set
from tests.hosts import jwk, key_set, private_key

ALL = ("RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA")


def names(*jwks: Any, algorithms: tuple[str, ...] = ALL) -> set[tuple[str, str]]:
    return set(read_key_set(key_set(*jwks), algorithms))


@pytest.mark.parametrize(
    ("kind", "algorithms"),
    [
        ("RS256", {"RS256", "PS256"}),
        ("ES256", {"ES256"}),
        ("ES384", {"ES384"}),
        ("ES512", {"ES512"}),
        ("EdDSA", {"EdDSA"}),
    ],
)
def test_a_key_is_for_what_its_kind_can_sign(kind: str, algorithms: set[str]) -> None:
    assert names(jwk(kind)) == {("1", algorithm) for algorithm in algorithms}


def test_a_key_is_for_what_its_issuer_uses() -> None:
    assert names(jwk("RS256"), algorithms=("PS256", "ES256")) == {("1", "PS256")}


def test_a_key_may_say_what_it_is_for() -> None:
    assert names(jwk("RS256", alg="PS256")) == {("1", "PS256")}
    assert names(jwk("ES256", alg="RS256")) == set()
    assert names(jwk("ES256", alg="HS256")) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"kid": None},
        {"kid": 1},
        {"kid": ""},
        {"kid": "a b"},
        {"kid": "k" * 129},
        {"use": "enc"},
        {"use": 1},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA"},
        {"kty": ["EC"]},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"crv": {}},
        {"x": "AA"},
        {"x": None},
        {"x": 1},
        {"y": "!"},
    ],
)
def test_a_key_that_is_not_for_this_is_passed_over(changes: dict[str, Any]) -> None:
    assert names(jwk("ES256", **changes), jwk("ES256", "other")) == {("other", "ES256")}


@pytest.mark.parametrize("key", [None, 1, "key", [], ["kid"]])
def test_what_is_no_key_is_passed_over(key: Any) -> None:
    assert names(key, jwk("ES256")) == {("1", "ES256")}


def test_a_key_whose_private_half_is_out_is_passed_over() -> None:
    of_curve = ECAlgorithm.to_jwk(private_key("ES256"), as_dict=True)
    of_rsa = RSAAlgorithm.to_jwk(private_key("RS256"), as_dict=True)

    assert names({**of_curve, "kid": "1"}, {**of_rsa, "kid": "2"}) == set()


def test_a_weak_or_endless_key_is_passed_over() -> None:
    huge = jwk("RS256", n="f" * 5_000)

    assert names(jwk("RS1024"), {**huge, "kid": "2"}, jwk("RS256", e="f" * 300, kid="3")) == set()


def test_a_name_that_two_keys_share_is_nobodys() -> None:
    assert names(jwk("ES256"), jwk("ES256", "2", kid="1"), jwk("ES256", "3")) == {("3", "ES256")}


def test_a_set_may_be_empty() -> None:
    assert names() == set()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": null}',
        b'{"keys": [], "keys": []}',
        b"\xff",
        json.dumps({"keys": [{}] * 51}).encode(),
        b"[" * 60_000,
    ],
)
def test_what_is_no_set_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever is wrong with it
        read_key_set(body, ALL)
