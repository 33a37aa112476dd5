"""The stand-in for FCM as senders and tests meet it: one process, HTTP/1.1 and HTTP/2 on its port."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from local.fcm.answers import Answer
from local.fcm.client import ALL, FcmStandIn
from local.fcm.refusals import REFUSALS
from tests.integration.local.sending import PROJECT, URL, concurrent_sender, note, send, sender

# What a client calls a connection that ended depends on what it was just doing.
LOST = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@pytest.fixture(params=[True, False], ids=["HTTP/2", "HTTP/1.1"])
def client(fcm: FcmStandIn, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    with sender(fcm.url, http2=request.param) as made:
        yield made


@pytest.fixture
def http2(fcm: FcmStandIn) -> Iterator[httpx.Client]:
    with sender(fcm.url) as made:
        yield made


def test_message_is_accepted_and_kept(client: httpx.Client, fcm: FcmStandIn) -> None:
    answer = send(client, note(data={"id": "n-1"}))

    assert answer.status_code == 200
    assert re.fullmatch(rf"projects/{PROJECT}/messages/0:\d{{16}}%[0-9a-f]{{8}}", answer.json()["name"])
    (sent,) = fcm.messages("abc")
    assert sent.name == answer.json()["name"]
    assert sent.message == note(data={"id": "n-1"})
    assert sent.http_version == answer.http_version
    assert (sent.project, sent.status, sent.error_code) == (PROJECT, 200, "")


def test_ids_of_messages_differ(http2: httpx.Client) -> None:
    assert len({send(http2, note()).json()["name"] for _ in range(20)}) == 20


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic abc", "key=abc"])
def test_sender_without_a_bearer_token_is_told_so(
    client: httpx.Client, fcm: FcmStandIn, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    del client.headers["authorization"]
    answer = client.post(URL, json={"message": note()}, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"
    assert answer.json()["error"]["details"][0]["reason"] == "CREDENTIALS_MISSING"
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert fcm.messages() == []


def test_request_that_cannot_be_read_is_refused_field_by_field(client: httpx.Client, fcm: FcmStandIn) -> None:
    answer = send(client, note(data={"count": 3}, colour="red"))

    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    (details,) = error["details"]
    assert details["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert [found["field"] for found in details["fieldViolations"]] == ["message.data[0].value", "message"]
    assert fcm.messages() == []


def test_message_that_breaks_a_rule_is_refused_as_fcm_does(client: httpx.Client, fcm: FcmStandIn) -> None:
    answer = send(client, note("no token"))

    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"] == "The registration token is not a valid FCM registration token"
    assert [details.get("errorCode") for details in error["details"]] == ["INVALID_ARGUMENT", None]
    assert [sent.error_code for sent in fcm.attempts()] == ["INVALID_ARGUMENT"]


def test_large_message_is_refused(client: httpx.Client) -> None:
    assert send(client, note(data={"a": "x" * 3900})).status_code == 200
    assert send(client, note(data={"a": "x" * 4096})).status_code == 400


def test_validation_alone_sends_nothing(client: httpx.Client, fcm: FcmStandIn) -> None:
    answer = send(client, note(), validate_only=True)

    assert answer.json() == {"name": f"projects/{PROJECT}/messages/fake_message_id"}
    assert fcm.messages() == []
    assert fcm.visible("abc") == []
    assert [sent.status for sent in fcm.attempts("abc")] == [200]


@pytest.mark.parametrize("name", REFUSALS)
def test_every_answer_can_be_scripted(client: httpx.Client, fcm: FcmStandIn, name: str) -> None:
    fcm.script("abc", name)

    answer = send(client, note())

    refusal = REFUSALS[name]
    assert answer.status_code == refusal.status
    assert (refusal.error_code or "").encode() in answer.content
    assert fcm.messages() == []
    assert fcm.counts()["not_accepted"] == 1
    assert send(client, note("abd")).status_code == 200


def test_answers_follow_each_other(http2: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.script("a*", Answer("UNAVAILABLE", times=2, retry_after=1.5), Answer("QUOTA_EXCEEDED", times=1))

    answers = [send(http2, note()) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [503, 503, 429, 200]
    assert [answer.headers.get("retry-after") for answer in answers] == ["1.5", "1.5", None, None]


def test_retry_after_may_be_a_date(http2: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.script(ALL, Answer("UNAVAILABLE", retry_after=60, retry_after_date=True))

    told = parsedate_to_datetime(send(http2, note()).headers["retry-after"])

    assert 30 < (told - datetime.now(UTC)).total_seconds() <= 60


def test_unscripted_tokens_are_answered_as_by_fcm(http2: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.script("abc", "UNREGISTERED")
    fcm.script("abd", "UNREGISTERED")

    fcm.unscript("abc")
    assert send(http2, note("abc")).status_code == 200
    assert send(http2, note("abd")).status_code == 404
    fcm.unscript()
    assert send(http2, note("abd")).status_code == 200


@pytest.mark.parametrize(("drop", "accepted"), [("before", 0), ("after", 1)])
def test_connection_drops_before_or_after_accepting(
    client: httpx.Client, fcm: FcmStandIn, drop: str, accepted: int
) -> None:
    fcm.script("abc", Answer(drop=drop, times=1))

    with pytest.raises(LOST):
        send(client, note())

    assert len(fcm.messages("abc")) == accepted
    assert len(fcm.visible("abc")) == accepted
    assert [sent.status for sent in fcm.attempts("abc")] == [0]
    assert send(client, note()).status_code == 200
    assert len({sent.connection for sent in fcm.attempts("abc")}) == 2


def test_a_stream_may_end_while_its_connection_lasts(http2: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.script("abc", Answer(drop="before", drop_stream=True, times=1))

    with pytest.raises(LOST):
        send(http2, note())

    assert send(http2, note()).status_code == 200
    assert len({sent.connection for sent in fcm.attempts("abc")}) == 1


def test_proxy_may_fail_for_what_was_accepted(http2: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.script("abc", Answer("BAD_GATEWAY", accepted=True))

    assert send(http2, note()).status_code == 502
    assert [sent.status for sent in fcm.messages("abc")] == [502]
    assert len(fcm.visible("abc")) == 1


def test_sender_may_give_up_on_a_message_that_was_accepted(client: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.script("abc", Answer(latency_seconds=30))

    with pytest.raises(httpx.ReadTimeout):
        client.post(URL, json={"message": note()}, timeout=0.2)

    assert len(fcm.messages("abc")) == 1


def test_latency_holds_up_nobody_else(fcm: FcmStandIn) -> None:
    fcm.script("slow", Answer(latency_seconds=30))

    async def send_both() -> int:
        async with concurrent_sender(fcm.url) as client:
            slow = asyncio.ensure_future(client.post(URL, json={"message": note("slow")}))
            await asyncio.to_thread(fcm.wait_for, 1, "slow")
            fast = await client.post(URL, json={"message": note("fast")})
            slow.cancel()
            return fast.status_code

    assert asyncio.run(send_both()) == 200
    assert [sent.target for sent in fcm.attempts()] == ["slow", "fast"]
    assert len({sent.connection for sent in fcm.attempts()}) == 1


def test_hundreds_of_sends_share_one_connection(fcm: FcmStandIn) -> None:
    async def send_all() -> set[int]:
        async with concurrent_sender(fcm.url) as client:
            await client.post(URL, json={"message": note("t0")})
            sends = (client.post(URL, json={"message": note(f"t{n}")}) for n in range(1, 300))
            return {answer.status_code for answer in await asyncio.gather(*sends)}

    assert asyncio.run(send_all()) == {200}
    assert len({sent.target for sent in fcm.messages()}) == 300
    assert len({sent.connection for sent in fcm.messages()}) == 1


def test_notifications_with_one_tag_are_visible_once(http2: httpx.Client, fcm: FcmStandIn) -> None:
    for title in ("Session confirmed", "Session moved"):
        send(http2, note("android-1", title, android={"notification": {"tag": "n-1"}}))
    send(http2, note("android-1", "Credits"))

    assert [shown.title for shown in fcm.visible("android-1")] == ["Credits", "Session moved"]
    assert [shown.replaced for shown in fcm.visible("android-1")] == [0, 1]


def test_device_that_was_away_shows_the_last_of_a_collapse_key(http2: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.disconnect("android-1")
    for title in ("first", "second"):
        send(http2, note("android-1", title, android={"collapse_key": "n-1"}))

    assert fcm.visible("android-1") == []
    assert fcm.device("android-1")["waiting"] == 1
    fcm.connect("android-1")

    assert [shown.title for shown in fcm.visible("android-1")] == ["second"]


def test_platform_of_a_token_can_be_told(http2: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.set_platform("abc", "ios")
    for _ in range(2):
        send(
            http2, note(apns={"headers": {"apns-collapse-id": "c"}}, android={"notification": {"title": "A"}})
        )

    assert [(shown.platform, shown.title) for shown in fcm.visible("abc")] == [("ios", "Session confirmed")]


def test_topic_reaches_no_device(http2: httpx.Client, fcm: FcmStandIn) -> None:
    message = {"topic": "news", "notification": {"title": "t"}}

    assert send(http2, message).status_code == 200
    assert [sent.target for sent in fcm.messages("topic:news")] == ["topic:news"]


def test_tests_can_wait_for_messages(http2: httpx.Client, fcm: FcmStandIn) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(fcm.wait_for, 2, "abc")
        for token in ("abd", "abc", "abc"):
            send(http2, note(token))

        assert [sent.target for sent in waiting.result()] == ["abc", "abc"]
    with pytest.raises(AssertionError, match="2 of 3 messages"):
        fcm.wait_for(3, "abc", seconds=0.1)


def test_clearing_forgets_everything(http2: httpx.Client, fcm: FcmStandIn) -> None:
    fcm.script("abc", "UNREGISTERED")
    fcm.disconnect("abd")
    send(http2, note("abc"))
    fcm.clear()

    assert fcm.attempts() == []
    assert fcm.counts() == {"accepted": 0, "not_accepted": 0}
    assert send(http2, note("abc")).status_code == 200
    assert fcm.device("abd")["connected"]


def test_nonsense_is_refused_with_a_reason(fcm: FcmStandIn, http2: httpx.Client) -> None:
    with pytest.raises(ValueError, match="a pattern with one"):
        fcm.script("a*b*", "OK")
    with pytest.raises(ValueError, match="platform must be"):
        fcm.set_platform("abc", "windows")
    admin = "/stand-in/v1"
    assert http2.put(f"{admin}/answers", content=b"{").status_code == 400
    assert http2.put(f"{admin}/answers", json={"token": "a", "answers": [{"nope": 1}]}).status_code == 400
    assert http2.get(f"{admin}/attempts?after=x").status_code == 400
    assert http2.get("/v1/projects/p/messages:send").status_code == 404
    assert http2.post("/v1/messages:send", json={}).status_code == 404
