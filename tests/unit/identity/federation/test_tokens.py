"""What a token must be before a key is looked for: one shape, one meaning, no key of its own."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from courtside.errors import TokenRefused
from courtside.identity.federation.model import Problem
from courtside.identity.federation.tokens import MAX_TOKEN_BYTES, read_token
from tests.hosts import ISS, sign

HEADER = {"alg": "ES256", "kid": "1", "typ": "JWT"}


def encoded(part: bytes | dict[str, Any]) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(header: bytes | dict[str, Any] = HEADER, said: bytes | dict[str, Any] | None = None) -> str:
    """A token of any two parts, with something for a signature."""
    return f"{encoded(header)}.{encoded({'iss': ISS} if said is None else said)}.{encoded(b'signature')}"


def problem_of(text: str) -> Problem:
    with pytest.raises(TokenRefused) as refused:
        read_token(text)
    return Problem(refused.value.details["problem"])


def test_a_token_tells_which_key_decides() -> None:
    read = read_token(sign())

    assert (read.issuer, read.key_id, read.algorithm, read.type) == (ISS, "1", "ES256", "JWT")


def test_a_token_is_not_shown() -> None:
    text = sign()

    assert text not in repr(read_token(text))


def test_a_token_may_be_as_long_as_the_limit_and_no_longer() -> None:
    room = MAX_TOKEN_BYTES - len(token(said={"iss": ISS, "x": ""}))
    longest = token(said={"iss": ISS, "x": "y" * (room * 3 // 4)})

    assert MAX_TOKEN_BYTES - 8 < len(longest) <= MAX_TOKEN_BYTES
    assert read_token(longest).issuer == ISS
    assert problem_of(longest + "A" * 8) is Problem.TOO_LARGE


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        token().rpartition(".")[0],
        token().rpartition(".")[0] + ".",
        token() + ".a.b",
        token() + "=",
        token() + "\n",
        " " + token(),
        token().replace(".", "..", 1),
        token().replace(".", "", 1),
        "é" + token(),
        "\0" + token(),
    ],
)
def test_anything_but_three_parts_is_malformed(text: str) -> None:
    assert problem_of(text) is Problem.MALFORMED


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"iss"',
        b"1",
        b"\xff\xfe",
        json.dumps({"alg": "ES256", "kid": "1", "iss": ISS}).encode("utf-16"),
        b'\xef\xbb\xbf{"alg": "ES256", "kid": "1", "iss": "x"}',
        b'{"alg": "ES256", "kid": "1", "iss": "x", "iss": "x"}',
        b'{"alg": "ES256", "alg": "ES256", "kid": "1", "iss": "x"}',
        b'{"alg": "ES256", "kid": "1", "iss": "x", "sub": {"a": 1, "a": 2}}',
        b'{"alg": "ES256", "kid": "1", "iss": "x", "exp": NaN}',
        b'{"alg": "ES256", "kid": "1", "iss": "x", "exp": Infinity}',
        b'{"alg": "ES256", "kid": "1", "iss": "x", "exp": 1e999}',
        b'{"alg": "ES256", "kid": "1", "iss": "x", "exp": ' + b"9" * 5_000 + b"}",
        b'{"alg": "ES256", "kid": "1", "iss": "x", "deep": ' + b"[" * 5_000 + b"}",
    ],
)
@pytest.mark.parametrize("where", ["header", "claims"])
def test_a_part_that_parsers_read_differently_is_malformed(part: bytes, where: str) -> None:
    text = token(header=part) if where == "header" else token(said=part)

    assert problem_of(text) is Problem.MALFORMED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jku", "https://evil.example/keys"),
        ("jwk", {"kty": "oct", "k": "AA"}),
        ("x5u", "https://evil.example/cert"),
        ("x5c", ["MII"]),
        ("crit", ["exp"]),
        ("crit", []),
        ("b64", False),
        ("b64", True),
        ("zip", "DEF"),
        ("enc", "A256GCM"),
    ],
)
def test_a_token_that_brings_its_own_key_or_reading_is_malformed(name: str, value: Any) -> None:
    assert problem_of(token({**HEADER, name: value})) is Problem.MALFORMED


@pytest.mark.parametrize(
    "key_id", [None, 1, "", "k" * 129, "a b", "1\n", "k\0", "ключ", ["1"], {"1": 1}, "'; --"]
)
def test_a_token_names_its_key_plainly(key_id: Any) -> None:
    assert problem_of(token({**HEADER, "kid": key_id})) is Problem.MALFORMED


@pytest.mark.parametrize("algorithm", [None, 1, ["ES256"], {}])
def test_a_token_names_its_algorithm(algorithm: Any) -> None:
    assert problem_of(token({**HEADER, "alg": algorithm})) is Problem.MALFORMED


@pytest.mark.parametrize("kind", [1, True, ["JWT"], {}])
def test_a_token_names_its_type_in_words_or_not_at_all(kind: Any) -> None:
    assert problem_of(token({**HEADER, "typ": kind})) is Problem.MALFORMED


@pytest.mark.parametrize("issuer", [None, 1, [ISS], {ISS: 1}])
def test_a_token_names_its_issuer(issuer: Any) -> None:
    assert problem_of(token(said={"iss": issuer})) is Problem.MALFORMED


def test_headers_that_mean_nothing_to_us_are_ignored() -> None:
    assert read_token(token({**HEADER, "x5t": "abc", "nonce": 1})).key_id == "1"
