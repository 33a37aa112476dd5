"""`exchange_token`: a token of a host application, once it is believed, opens one account and no other."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courtside.backends import Backends
from courtside.observer import Unobserved
from tests.hosts import claims, configured, secret_keys, sign
from tests.http_calls import post
from tests.integration.edge.exchange.conftest import NOBODY, Door, MakeDoor, club_token, function_of
from tests.log_capture import LogLines
from tests.world import facts

OTHER_ISS = "https://other.example"


def links(door: Door) -> list[tuple[Any, ...]]:
    return door.world.rows(
        "SELECT issuer, subject, user_id, by_email FROM linked_accounts ORDER BY linked_at"
    )


def changed(door: Door, before: dict[str, Any]) -> set[str]:
    return {table for table, rows in facts(door.world) if rows != before[table]}


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["token", "data", "uid"]), inner)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


class TestWhoIsBelieved:
    """One person of one issuer is one account."""

    def test_a_person_gets_an_account_and_a_token_for_it(self, door: Door) -> None:
        reply = door.exchange(club_token())

        assert reply.status == 200
        assert set(reply.body) == {"custom_token", "uid", "expires_in"}
        custom = jwt.decode(reply.body["custom_token"], options={"verify_signature": False})
        assert (custom["uid"], custom["claims"]) == (reply.body["uid"], {"issuer": "club"})
        assert reply.body["expires_in"] == custom["exp"] - custom["iat"]
        assert links(door) == [("https://club.example", "ada", reply.body["uid"], False)]

    def test_the_same_person_gets_the_same_account(self, door: Door) -> None:
        first = door.uid()

        assert door.uid() == first
        assert door.uid(claims(sub="bob")) != first
        assert len(links(door)) == 2

    def test_the_same_name_elsewhere_is_another_person(self, make_door: MakeDoor) -> None:
        other = configured(id="other", iss=OTHER_ISS, keys=secret_keys())
        door = make_door(configured(keys=secret_keys()), other)

        assert door.uid() != door.uid(claims(iss=OTHER_ISS))

    def test_names_do_not_run_into_each_other(self, make_door: MakeDoor) -> None:
        other = configured(id="other", iss=OTHER_ISS + "/a", keys=secret_keys())
        door = make_door(configured(iss=OTHER_ISS, keys=secret_keys()), other)

        assert door.uid(claims(iss=OTHER_ISS, sub="/a|b")) != door.uid(claims(iss=OTHER_ISS + "/a", sub="|b"))

    def test_a_new_account_is_audited_once(self, door: Door) -> None:
        uid = door.uid()
        door.uid()

        audit = door.world.rows("SELECT command, subject, before, after FROM audit")
        assert audit == [("exchange_token", f"users/{uid}", None, {"linked_to": "club", "by_email": False})]

    def test_many_first_exchanges_at_once_open_one_account(self, door: Door) -> None:
        together = Barrier(8)

        def exchange(_: int) -> str:
            together.wait(10)
            return door.uid()

        with ThreadPoolExecutor(8) as threads:
            uids = set(threads.map(exchange, range(8)))

        assert len(uids) == 1
        assert len(links(door)) == 1


class TestOnce:
    """An issuer may ask that each of its tokens is taken once."""

    @pytest.fixture
    def strict(self, make_door: MakeDoor) -> Door:
        return make_door(configured(keys=secret_keys(), replay="once"))

    def test_a_token_is_taken_once(self, strict: Door) -> None:
        token = club_token(claims(jti="t1"))

        assert strict.exchange(token).status == 200
        assert strict.problem(token) == "replayed"
        assert strict.exchange(club_token(claims(jti="t2"))).status == 200

    def test_another_token_of_the_same_name_is_a_replay(self, strict: Door) -> None:
        strict.uid(claims(jti="t1"))

        assert strict.problem(club_token(claims(jti="t1", sub="bob"))) == "replayed"

    def test_a_name_is_remembered_by_its_issuer(self, make_door: MakeDoor) -> None:
        club = configured(keys=secret_keys(), replay="once")
        door = make_door(club, {**club, "id": "other", "iss": OTHER_ISS})

        door.uid(claims(jti="t1"))
        door.uid(claims(jti="t1", iss=OTHER_ISS))

    def test_of_many_at_once_one_is_taken(self, strict: Door) -> None:
        token, together = club_token(claims(jti="t1")), Barrier(8)

        def exchange(_: int) -> int:
            together.wait(10)
            return strict.exchange(token).status

        with ThreadPoolExecutor(8) as threads:
            statuses = sorted(threads.map(exchange, range(8)))

        assert statuses == [200] + [401] * 7

    def test_a_token_that_is_refused_for_its_account_is_not_spent(self, strict: Door) -> None:
        uid = strict.uid(claims(jti="t1"))
        strict.world.register_client(uid)
        strict.world.rows("UPDATE users SET blocked_at = now() RETURNING id")
        token = club_token(claims(jti="t2"))

        assert strict.exchange(token).reason == "ACCOUNT_BLOCKED"
        strict.world.rows("UPDATE users SET blocked_at = NULL RETURNING id")
        assert strict.exchange(token).status == 200

    def test_what_can_be_taken_no_more_is_forgotten(self, strict: Door) -> None:
        for number in range(25):
            strict.uid(claims(jti=f"old-{number}"))
        strict.world.rows("UPDATE spent_tokens SET usable_until = now() - interval '6 minutes' RETURNING 1")

        strict.uid(claims(jti="new-1"))
        strict.uid(claims(jti="new-2"))

        left = strict.world.rows("SELECT token_id FROM spent_tokens ORDER BY token_id")
        assert left == [("new-1",), ("new-2",)]

    def test_a_name_without_effect_is_not_kept(self, door: Door) -> None:
        token = club_token(claims(jti="t1"))

        assert [door.exchange(token).status for _ in range(2)] == [200, 200]
        assert door.world.rows("SELECT count(*) FROM spent_tokens") == [(0,)]


class TestWhoIsNotAdmitted:
    """The account decides too, at every exchange."""

    @pytest.fixture
    def uid(self, door: Door) -> str:
        return door.world.register_client(door.uid())

    def test_a_registered_person_signs_in(self, door: Door, uid: str) -> None:
        assert door.uid() == uid

    @pytest.mark.parametrize(
        ("column", "reason"), [("blocked_at", "ACCOUNT_BLOCKED"), ("deleted_at", "ACCOUNT_DELETED")]
    )
    def test_a_closed_account_is_not_opened(self, door: Door, uid: str, column: str, reason: str) -> None:
        door.world.rows(f"UPDATE users SET {column} = now() RETURNING id")
        before = dict(facts(door.world))

        reply = door.exchange(club_token())

        assert (reply.status, reply.reason) == (403, reason)
        assert changed(door, before) == set()

    @pytest.mark.parametrize("role", ["admin", "support"])
    def test_an_account_that_has_become_staffs_is_not_opened(self, door: Door, uid: str, role: str) -> None:
        door.world.rows("UPDATE users SET role = %s RETURNING id", role)

        reply = door.exchange(club_token())

        assert (reply.status, reply.reason) == (403, "STAFF_NOT_ADMITTED")

    @pytest.mark.parametrize("role", ["admin", "support"])
    def test_an_issuer_may_be_trusted_with_staff(self, make_door: MakeDoor, role: str) -> None:
        door = make_door(configured(keys=secret_keys(), admits_staff=True))
        uid = door.world.register_client(door.uid())
        door.world.rows("UPDATE users SET role = %s RETURNING id", role)

        assert door.uid() == uid

    def test_tokens_from_before_a_sign_out_everywhere_are_void(self, door: Door, uid: str) -> None:
        now = int(datetime.now(UTC).timestamp())
        signed_out = datetime.fromtimestamp(now, UTC)
        door.world.rows("UPDATE users SET tokens_valid_from = %s RETURNING id", signed_out)

        assert door.problem(club_token(claims(iat=now - 1))) == "expired"
        assert door.uid(claims(iat=now)) == uid


class TestWhatIsRefused:
    """Whatever is wrong is told in one word, and leaves nothing behind."""

    @pytest.mark.parametrize(
        ("make_token", "problem"),
        [
            (lambda: "x", "malformed"),
            (lambda: "", "malformed"),
            (lambda: "a" * 8_193, "too_large"),
            (lambda: club_token(claims(iss=OTHER_ISS)), "unknown_issuer"),
            (lambda: club_token(claims(aud="other")), "wrong_audience"),
            (lambda: club_token(claims(exp=1)), "expired"),
            (lambda: club_token(claims(nbf=2**33)), "not_yet_valid"),
            (sign, "bad_signature"),
            (lambda: club_token() + "A", "bad_signature"),
        ],
    )
    def test_a_token_is_refused_in_one_word(
        self, door: Door, make_token: Callable[[], str], problem: str
    ) -> None:
        before = dict(facts(door.world))

        reply = door.exchange(make_token())

        assert reply.status == 401
        assert reply.error["status"] == "UNAUTHENTICATED"
        assert reply.error["details"] == {"reason": "TOKEN_REFUSED", "problem": problem}
        assert changed(door, before) == set()

    def test_nobody_is_believed_where_nobody_is_trusted(self, make_door: MakeDoor) -> None:
        assert make_door(exchange_issuers="[]").problem(club_token()) == "unknown_issuer"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b'"token"',
            b'{"token": 1}',
            b'{"token": null}',
            b'{"token": ["a"]}',
            b'{"Token": "a"}',
            b'{"token": "a", "uid": "admin"}',
            b'{"token": "a", "token": "b"}',
            b'{"data": {"token": "a"}}',
            b'{"token": "a"',
            b'{"token": "\xff"}',
            b'{"token": NaN}',
            b"[" * 10_000,
        ],
    )
    def test_anything_but_a_token_is_no_request(self, door: Door, body: bytes) -> None:
        reply = post(door.function, body)

        assert (reply.status, reply.error["status"]) == (400, "INVALID_ARGUMENT")

    @given(
        body=st.binary(max_size=200)
        | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), _nested, max_leaves=8).map(
            _json
        )
    )
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_no_body_is_more_than_refused(self, door: Door, body: bytes) -> None:
        assert post(door.function, body).status in (400, 401)

    def test_a_body_is_no_longer_than_a_token_needs(self, door: Door) -> None:
        assert door.exchange("a" * 16_384).reason == "REQUEST_TOO_LARGE"

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
    def test_tokens_are_posted(self, door: Door, method: str) -> None:
        assert door.exchange(club_token(), method=method).status == 400

    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/json",
        ],
    )
    def test_a_form_of_a_foreign_page_is_no_request(self, door: Door, content_type: str) -> None:
        reply = door.exchange(club_token(), headers={"Content-Type": content_type})

        assert (reply.status, reply.reason) == (400, "MALFORMED_REQUEST")
        assert links(door) == []

    def test_the_token_counts_in_the_body_alone(self, door: Door) -> None:
        reply = post(door.function, b"{}", token=club_token())

        assert reply.reason == "INVALID_INPUT"


class TestTheEdge:
    """As any other function: limits, origins, headers, and logs without secrets."""

    def test_an_address_can_not_try_for_ever(self, make_door: MakeDoor) -> None:
        door = make_door(rate_limits=True)
        statuses: list[int] = []
        while not statuses or (statuses[-1] == 401 and len(statuses) < 300):
            statuses.append(door.exchange("x").status)

        limited = door.exchange(club_token())
        assert (statuses[-1], limited.status, limited.reason) == (429, 429, "RATE_LIMITED")
        assert int(limited.headers["Retry-After"]) >= 1

    def test_an_app_may_have_to_prove_itself(self, make_door: MakeDoor) -> None:
        assert make_door(app_check="enforce").exchange(club_token()).reason == "APP_CHECK_REFUSED"

    def test_our_own_pages_may_ask(self, make_door: MakeDoor) -> None:
        door = make_door(allowed_origins=("https://app.example",), auth_emulator=None)

        def allowed(origin: str, method: str) -> str | None:
            reply = door.exchange(club_token(), method=method, headers={"Origin": origin})
            return reply.headers.get("Access-Control-Allow-Origin")

        assert [allowed("https://app.example", method) for method in ("OPTIONS", "POST")] == [
            "https://app.example"
        ] * 2
        assert [allowed("https://evil.example", method) for method in ("OPTIONS", "POST")] == [None, None]

    def test_asking_leave_changes_nothing(self, door: Door) -> None:
        assert door.exchange(club_token(), method="OPTIONS").status == 204
        assert links(door) == []

    @pytest.mark.parametrize("make_token", [club_token, lambda: "x"])
    def test_nobody_keeps_or_embeds_an_answer(self, door: Door, make_token: Callable[[], str]) -> None:
        headers = door.exchange(make_token()).headers

        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Type"] == "application/json"

    def test_what_is_logged_names_nobody(self, door: Door, logs: LogLines) -> None:
        good, bad = (
            club_token(claims(sub="ada-lovelace", email="ada@club.example")),
            club_token(claims(aud="x")),
        )
        reply = door.exchange(good)
        door.exchange(bad)

        first, second = logs.of("exchange")
        assert (first["issuer"], first["code"], first["problem"]) == ("club", "OK", None)
        assert (second["issuer"], second["reason"], second["problem"]) == (
            None,
            "TOKEN_REFUSED",
            "wrong_audience",
        )
        for secret in (good, bad, reply.body["custom_token"], "ada-lovelace", "ada@club"):
            assert secret not in logs.text

    def test_exchanges_are_counted_by_their_outcome(self, door: Door) -> None:
        counted: list[tuple[str, str]] = []

        class Counting(Unobserved):
            def answered(self, command: str, code: str, seconds: float) -> None:
                counted.append((command, code))

        backends = door.world.backends
        issuers = json.dumps([configured(keys=secret_keys())])
        function = function_of(
            replace(
                backends, settings=replace(backends.settings, exchange_issuers=issuers), observer=Counting()
            )
        )

        for token in (club_token(), "x"):
            Door(door.world, function).exchange(token)

        assert counted == [("exchange_token", "OK"), ("exchange_token", "UNAUTHENTICATED")]

    def test_a_fault_of_the_configuration_is_the_operators_to_read(
        self, make_door: MakeDoor, logs: LogLines
    ) -> None:
        door = make_door(exchange_issuers=json.dumps([configured(keys={})]))

        reply = door.exchange(club_token())

        assert (reply.status, reply.reason) == (500, "INTERNAL")
        (line,) = logs.of("misconfigured")
        assert "keys" in line["problem"]
        assert "keys" not in reply.text

    def test_a_database_that_is_away_is_not_the_callers_fault(self, make_door: MakeDoor) -> None:
        door = make_door()
        away_from = replace(
            door.world.backends.settings,
            database_url=f"postgresql://nobody@{NOBODY}/x",
            exchange_issuers=json.dumps([configured(keys=secret_keys())]),
            pool_wait_seconds=0.2,
        )
        with closing(Backends.of(away_from)) as backends:
            reply = Door(door.world, function_of(backends)).exchange(club_token())

        assert (reply.status, reply.reason) == (503, "TRY_AGAIN")

    def test_keys_that_cannot_be_had_are_not_the_callers_fault(self, make_door: MakeDoor) -> None:
        keys = {"jwks_url": f"http://{NOBODY}/keys", "algorithms": ["ES256"]}

        reply = make_door(configured(keys=keys)).exchange(sign())

        assert (reply.status, reply.reason) == (503, "TRY_AGAIN")


def test_a_token_of_the_local_suite_may_not_choose_its_time(door: Door) -> None:
    """Host applications have clocks of their own: the header by which demo data gets its past does not count."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    old = club_token(claims(iat=1_700_000_000, nbf=1_700_000_000, exp=1_700_000_060))

    assert door.problem(old, headers={"X-Courtside-Now": "2023-11-14T22:13:30+00:00"}) == "expired"
    assert door.exchange(club_token(), headers={"X-Courtside-Now": yesterday}).status == 200
