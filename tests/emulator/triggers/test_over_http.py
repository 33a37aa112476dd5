"""The emulator's process and a functions host over HTTP: both body encodings, retries, stale triggers."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from tests.emulator.process import started
from tests.emulator.triggers.hosts import StandIn, stand_in
from tests.emulator.waiting import until
from tests.http_calls import unsigned_token

PROJECT = "demo-triggers"
CREATED = "google.cloud.firestore.document.v1.created"


class Bench:
    """An emulator that posts to a stand-in."""

    def __init__(self, address: str, host: StandIn) -> None:
        self.address = address
        self.host = host

    @property
    def endpoint(self) -> str:
        return f"http://{self.address}/emulator/v1/projects/{PROJECT}/eventarcTrigger"

    def register(
        self, *, trigger_id: str = "us-central1-on_user-0", event_type: str = CREATED
    ) -> httpx.Response:
        content = {
            "eventType": event_type,
            "database": "(default)",
            "namespace": "(default)",
            "document": {"value": "users/{uid}", "matchType": "PATH_PATTERN"},
        }
        params = {"eventarcTriggerId": trigger_id}
        return httpx.post(self.endpoint, params=params, content=json.dumps(content), trust_env=False)

    def triggers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(self.endpoint, trust_env=False).json()["triggers"]
        return found

    def write(self, path: str, fields: dict[str, Any]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FIRESTORE_EMULATOR_HOST", self.address)
            client = firestore.Client(project=PROJECT, credentials=AnonymousCredentials())
        client.document(path).set(fields)
        client.close()


def bench(option: str, *answers: int) -> Iterator[Bench]:
    with stand_in(*answers) as host, started(option, host.address) as emulator:
        yield Bench(emulator.address, host)


@pytest.fixture
def framework() -> Iterator[Bench]:
    yield from bench("--functions")


@pytest.fixture
def failing() -> Iterator[Bench]:
    yield from bench("--functions", 500, 503, 200)


@pytest.fixture
def official() -> Iterator[Bench]:
    yield from bench("--functions_emulator")


@pytest.fixture
def disabled() -> Iterator[Bench]:
    yield from bench("--functions_emulator", 204)


def test_event_is_posted_to_the_function_with_its_bytes_as_they_are(framework: Bench) -> None:
    assert framework.register().status_code == 200
    framework.write("users/ana", {"name": "Ana"})
    (post,) = framework.host.wait_for(1)

    assert post.path == f"/functions/projects/{PROJECT}/triggers/us-central1-on_user-0"
    assert post.headers["ce-type"] == CREATED
    assert post.data.value.fields["name"].string_value == "Ana"


def test_body_is_base64_for_the_functions_emulator(official: Bench) -> None:
    official.register()
    official.write("users/ana", {"name": "Ana"})
    (post,) = official.host.wait_for(1)

    assert post.data_from_base64.value.fields["name"].string_value == "Ana"


def test_event_is_posted_until_the_host_takes_it(failing: Bench) -> None:
    failing.register()
    failing.write("users/ana", {"name": "Ana"})
    posts = failing.host.wait_for(3)

    assert len({post.headers["ce-id"] for post in posts}) == 1


def test_client_library_counts_as_a_service_account(framework: Bench) -> None:
    framework.register(event_type=CREATED + ".withAuthContext")
    framework.write("users/ana", {"name": "Ana"})
    (post,) = framework.host.wait_for(1)

    assert post.headers["ce-authtype"] == "service_account"


def test_user_is_named_by_the_uid_of_the_token(framework: Bench) -> None:
    framework.register(event_type=CREATED + ".withAuthContext")
    url = f"http://{framework.address}/v1/projects/{PROJECT}/databases/(default)/documents/users/ana"
    headers = {"authorization": f"Bearer {unsigned_token('ana', PROJECT)}"}
    httpx.patch(url, json={}, headers=headers, trust_env=False).raise_for_status()
    (post,) = framework.host.wait_for(1)

    assert (post.headers["ce-authtype"], post.headers["ce-authid"]) == ("api_key", "ana")


def test_trigger_that_the_host_has_disabled_is_dropped(disabled: Bench) -> None:
    disabled.register()
    known = disabled.triggers()
    disabled.write("users/ana", {"name": "Ana"})
    disabled.host.wait_for(1)

    assert [trigger["id"] for trigger in known] == ["us-central1-on_user-0"]
    until(lambda: not disabled.triggers())
    assert len(disabled.host.posts) == 1


def test_registration_that_cannot_be_served_says_why(framework: Bench) -> None:
    answer = framework.register(event_type="google.cloud.pubsub.topic.v1.messagePublished")

    assert answer.status_code == 400
    assert "messagePublished" in answer.json()["error"]["message"]


def test_first_generation_triggers_are_refused_by_name(framework: Bench) -> None:
    url = f"http://{framework.address}/emulator/v1/projects/{PROJECT}/triggers/us-central1-f-0"

    assert "1st generation" in httpx.put(url, trust_env=False).text
