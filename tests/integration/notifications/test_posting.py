"""Many requests at once: each has its answer, or why there is none; not one is lost for another's sake."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth.exceptions import GoogleAuthError

from courtside.notifications.breaker import Breaker
from courtside.notifications.fcm import Fcm
from courtside.notifications.outcomes import DEAD, Outcome
from courtside.notifications.posting import Failure, Post, Poster, Reply
from local.fcm.answers import Answer
from local.fcm.client import FcmStandIn
from local.ports import free_port
from tests.integration.local.sending import PROJECT, URL, note

HEADERS = ("content-type: application/json", "authorization: Bearer anything")


def post(token: str) -> Post:
    return Post(json.dumps({"message": note(token)}).encode(), HEADERS)


@contextmanager
def poster(url: str, *, concurrent: int = 20, answer_seconds: float = 5.0) -> Iterator[Poster]:
    made = Poster(url + URL, concurrent=concurrent, connections=1, answer_seconds=answer_seconds)
    try:
        yield made
    finally:
        made.close()


def answers(poster: Poster, *tokens: str) -> dict[str, int | Failure]:
    """Each token's status, or why there is none."""
    found = poster.post_all(post(token) for token in tokens)
    return {
        tokens[number]: answer.status if isinstance(answer, Reply) else answer for number, answer in found
    }


def test_each_of_many_has_its_own_answer_over_one_connection(fcm: FcmStandIn) -> None:
    tokens = [f"t{n}" for n in range(300)]
    fcm.script("t7", "UNREGISTERED")

    with poster(fcm.url) as http:
        found = answers(http, *tokens)

    assert found == {token: 404 if token == "t7" else 200 for token in tokens}
    assert sorted(sent.target for sent in fcm.attempts()) == sorted(tokens)
    assert len({sent.connection for sent in fcm.attempts()}) == 1


def test_the_next_is_asked_for_when_there_is_room_for_it(fcm: FcmStandIn) -> None:
    asked, heard, most = 0, 0, 0

    def posts() -> Iterator[Post]:
        nonlocal asked, most
        for number in range(30):
            asked += 1
            most = max(most, asked - heard)
            yield post(f"t{number}")

    with poster(fcm.url, concurrent=4) as http:
        for _ in http.post_all(posts()):
            heard += 1

    assert (asked, heard) == (30, 30)
    assert most <= 4


def test_an_answer_comes_with_its_headers_and_body(fcm: FcmStandIn) -> None:
    fcm.script("busy", Answer("QUOTA_EXCEEDED", retry_after=7))

    with poster(fcm.url) as http:
        ((_, answer),) = http.post_all(iter([post("busy")]))

    assert isinstance(answer, Reply)
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")
    assert json.loads(answer.body)["error"]["status"] == "RESOURCE_EXHAUSTED"


def test_who_is_not_there_was_sent_nothing() -> None:
    with poster(f"http://127.0.0.1:{free_port()}") as http:
        assert answers(http, "a", "b") == dict.fromkeys("ab", Failure.UNREACHABLE)


def test_a_stream_that_is_cut_concerns_nobody_else(fcm: FcmStandIn) -> None:
    fcm.script("cut", Answer(drop="after", drop_stream=True))

    with poster(fcm.url) as http:
        assert answers(http, "a", "cut", "b") == {"a": 200, "cut": Failure.NO_ANSWER, "b": 200}


@pytest.mark.parametrize("drop", ["before", "after"])
def test_what_may_have_arrived_is_not_repeated_unasked(fcm: FcmStandIn, drop: str) -> None:
    fcm.script("cut", Answer(drop=drop, times=2))

    with poster(fcm.url) as http:
        assert answers(http, "cut") == {"cut": Failure.NO_ANSWER}
        assert answers(http, "a") == {"a": 200}
        assert answers(http, "cut") == {"cut": Failure.NO_ANSWER}
        assert answers(http, "cut") == {"cut": 200}

    assert [sent.target for sent in fcm.attempts()] == ["cut", "a", "cut", "cut"]


def test_no_answer_is_waited_for_longer_than_said(fcm: FcmStandIn) -> None:
    fcm.script("slow", Answer(latency_seconds=30))

    with poster(fcm.url, answer_seconds=0.5) as http:
        began = time.monotonic()
        found = answers(http, "slow", "a")

    assert found == {"slow": Failure.NO_ANSWER, "a": 200}
    assert time.monotonic() - began < 10


def test_who_stops_listening_may_begin_anew(fcm: FcmStandIn) -> None:
    with poster(fcm.url, concurrent=4) as http:
        for _ in http.post_all(post(f"t{n}") for n in range(20)):
            break
        assert answers(http, *"abcdefgh") == dict.fromkeys("abcdefgh", 200)


def test_a_server_that_nobody_vouches_for_is_sent_nothing(tmp_path: Path) -> None:
    with self_signed_server(tmp_path) as (url, received), poster(url) as http:
        assert answers(http, "a") == {"a": Failure.UNREACHABLE}

    assert received == [b""]


@contextmanager
def self_signed_server(folder: Path) -> Iterator[tuple[str, list[bytes]]]:
    """A TLS server for one connection, with a certificate of its own making, and what it could read."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    address = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    received: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    received.append(secured.recv(100))
            except OSError:
                received.append(b"")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        yield f"https://localhost:{listening.getsockname()[1]}", received
        thread.join(timeout=5)


class Tokens:
    """Hands out what the test gives it; an exception is raised."""

    def __init__(self, *tokens: str | Exception) -> None:
        self.tokens, self.forgotten = list(tokens), list[str]()

    def bearer(self) -> str:
        token = self.tokens[0] if len(self.tokens) == 1 else self.tokens.pop(0)
        if isinstance(token, Exception):
            raise token
        return token

    def forget(self, token: str) -> None:
        self.forgotten.append(token)


def test_without_credentials_nothing_is_sent_and_somebody_has_to_look(fcm: FcmStandIn) -> None:
    gateway = Fcm(PROJECT, fcm.url, Tokens("t", GoogleAuthError("no account"), "t"))

    outcomes = gateway.send_all([note("a"), note("b"), note("c")], Breaker(), until=time.monotonic() + 5)
    gateway.close()

    assert [(outcome.state, outcome.reason, outcome.alarm) for outcome in outcomes] == [
        ("accepted", "", False),
        ("waiting", "NO_CREDENTIALS", True),
        ("accepted", "", False),
    ]
    assert sorted(sent.target for sent in fcm.attempts()) == ["a", "c"]


def test_a_token_that_is_refused_is_not_used_again(fcm: FcmStandIn) -> None:
    fcm.script("a", Answer("UNAUTHENTICATED", times=1))
    tokens = Tokens("old", "new")
    gateway = Fcm(PROJECT, fcm.url, tokens)

    (outcome,) = gateway.send_all([note("a")], Breaker(), until=time.monotonic() + 5)
    gateway.close()

    assert outcome.reason == "UNAUTHENTICATED"
    assert tokens.forgotten == ["old"]


def test_what_could_not_be_made_keeps_its_place_and_is_not_sent(fcm: FcmStandIn) -> None:
    gateway, unmade = Fcm(PROJECT, fcm.url), Outcome(DEAD, "UNSENDABLE")

    outcomes = gateway.send_all([unmade, note("a"), unmade], Breaker(), until=time.monotonic() + 5)
    gateway.close()

    assert [outcome.state for outcome in outcomes] == ["dead", "accepted", "dead"]
    assert [sent.target for sent in fcm.attempts()] == ["a"]


def test_after_the_time_of_a_batch_nothing_is_begun(fcm: FcmStandIn) -> None:
    gateway = Fcm(PROJECT, fcm.url)

    outcomes = gateway.send_all([note("a"), note("b")], Breaker(), until=time.monotonic() - 1)
    gateway.close()

    assert [outcome.tried for outcome in outcomes] == [False, False]
    assert fcm.attempts() == []
