"""Published keys as time goes by: kept, rotated, asked for rarely, and used on while their issuer is away."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from courtside.errors import Unavailable
from courtside.identity.federation.issuers import KeySet
from courtside.identity.federation.key_rings import KeySetRing, fresh_seconds
from courtside.outgoing import FetchFailed
from tests.hosts import Publisher, jwk, key_set

OLD, NEW, UNKNOWN = ("old", "ES256"), ("new", "ES256"), ("unknown", "ES256")
AWAY = FetchFailed("ConnectError")


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher(key_set(jwk("ES256", "old")))


@pytest.fixture
def ring(publisher: Publisher, clock: Clock) -> KeySetRing:
    return KeySetRing(
        KeySet(jwks_url="https://club.example/keys", algorithms=("ES256",)), publisher.fetch, clock
    )


def has(ring: KeySetRing, name: tuple[str, str]) -> bool:
    return ring.find(name) is not None


def test_keys_are_fetched_at_first_use_and_kept(ring: KeySetRing, publisher: Publisher, clock: Clock) -> None:
    assert publisher.asked == 0
    for _ in range(3):
        assert has(ring, OLD)
        clock.pass_by(100)
    assert publisher.asked == 1


def test_keys_are_looked_at_again_when_they_are_no_longer_fresh(
    ring: KeySetRing, publisher: Publisher, clock: Clock
) -> None:
    publisher.cache_control = "public, max-age=120"
    assert has(ring, OLD)
    publisher.body = key_set(jwk("ES256", "new"))

    clock.pass_by(119)
    assert has(ring, OLD)
    clock.pass_by(1)

    # A key that was withdrawn is gone with the first look at the new set.
    assert not has(ring, OLD)
    assert has(ring, NEW)
    assert publisher.asked == 2


def test_a_new_key_is_known_as_soon_as_it_is_used(
    ring: KeySetRing, publisher: Publisher, clock: Clock
) -> None:
    assert has(ring, OLD)
    publisher.body = key_set(jwk("ES256", "old"), jwk("ES256", "new"))
    clock.pass_by(30)

    assert has(ring, NEW)
    assert has(ring, OLD)
    assert publisher.asked == 2


def test_keys_that_do_not_exist_are_not_asked_for_again_and_again(
    ring: KeySetRing, publisher: Publisher, clock: Clock
) -> None:
    for _ in range(600):
        assert not has(ring, UNKNOWN)
        assert has(ring, OLD)
        clock.pass_by(0.1)

    # Once at first, and once in each 30 s of the minute.
    assert publisher.asked == 2


def test_keys_are_used_on_while_their_issuer_is_away(
    ring: KeySetRing, publisher: Publisher, clock: Clock
) -> None:
    assert has(ring, OLD)
    publisher.error = AWAY

    clock.pass_by(5 * 3_600)
    assert has(ring, OLD)
    clock.pass_by(3_600)

    with pytest.raises(Unavailable):
        ring.find(OLD)


def test_an_issuer_that_is_away_is_not_asked_by_everybody(
    ring: KeySetRing, publisher: Publisher, clock: Clock
) -> None:
    publisher.error = AWAY
    for _ in range(40):
        with pytest.raises(Unavailable):
            ring.find(OLD)
        clock.pass_by(0.5)

    assert publisher.asked == 4
    publisher.error = None
    clock.pass_by(5)
    assert has(ring, OLD)


def test_whether_a_key_is_new_cannot_be_told_while_the_issuer_is_away(
    ring: KeySetRing, publisher: Publisher, clock: Clock
) -> None:
    assert has(ring, OLD)
    publisher.error = AWAY
    clock.pass_by(30)

    with pytest.raises(Unavailable):
        ring.find(NEW)
    assert has(ring, OLD)


@pytest.mark.parametrize("body", [b"<html>Maintenance</html>", b'{"error": "no"}', b""])
def test_what_is_no_key_set_changes_nothing(
    ring: KeySetRing, publisher: Publisher, clock: Clock, body: bytes
) -> None:
    assert has(ring, OLD)
    publisher.body = body
    clock.pass_by(3_600)

    assert has(ring, OLD)
    assert publisher.asked == 2


def test_an_issuer_may_withdraw_all_keys(ring: KeySetRing, publisher: Publisher, clock: Clock) -> None:
    assert has(ring, OLD)
    publisher.body = key_set()
    clock.pass_by(3_600)

    assert not has(ring, OLD)


def test_first_callers_share_one_fetch(ring: KeySetRing, publisher: Publisher) -> None:
    together = threading.Barrier(8)

    def find(_: int) -> bool:
        together.wait(10)
        return has(ring, OLD)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(find, range(8)))

    assert found == [True] * 8
    assert publisher.asked == 1


def test_nobody_waits_for_a_fetch_whose_key_is_there(
    ring: KeySetRing, publisher: Publisher, clock: Clock
) -> None:
    assert has(ring, OLD)
    clock.pass_by(3_600)
    fetching, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        fetching.set()
        assert go_on.wait(10)

    publisher.meanwhile = hang
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(has, ring, OLD)
        assert fetching.wait(10)
        assert has(ring, OLD)
        assert not slow.done()
        go_on.set()
        assert slow.result(10)
    assert publisher.asked == 2


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("", 600),
        ("public", 600),
        ("max-age=900", 900),
        ("public, max-age=900, must-revalidate", 900),
        ("max-age=1", 60),
        ("max-age=0", 60),
        ("max-age=999999999", 3_600),
        ("max-age=" + "9" * 30, 600),
        ("max-age=-5", 600),
        ("max-age=soon", 600),
        ("no-store", 60),
        ("no-cache, max-age=900", 60),
    ],
)
def test_a_set_is_fresh_neither_for_moments_nor_for_days(cache_control: str, seconds: float) -> None:
    assert fresh_seconds(cache_control) == seconds
