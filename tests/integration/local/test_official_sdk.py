"""The stand-in holds up against Firebase's own SDK: it takes all that the SDK makes, and the SDK knows its refusals."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import firebase_admin
import google.auth.credentials
import pytest
from firebase_admin import credentials, exceptions, messaging
from requests.adapters import HTTPAdapter

from local.fcm.client import FcmStandIn
from tests.integration.local.sending import PROJECT


class AnyToken(credentials.Base):  # type: ignore[misc]
    """A credential that asks nobody for its token."""

    class _Token(google.auth.credentials.Credentials):  # type: ignore[misc]
        def refresh(self, request: Any) -> None:
            self.token = "anything"

    def get_credential(self) -> Any:
        return self._Token()


@pytest.fixture
def app(fcm: FcmStandIn) -> Iterator[firebase_admin.App]:
    """The SDK, sending to the stand-in at once and once: it has no setting for either."""
    made = firebase_admin.initialize_app(AnyToken(), {"projectId": PROJECT}, name=uuid4().hex)
    service = messaging._get_messaging_service(made)
    service._fcm_url = f"{fcm.url}/v1/projects/{PROJECT}/messages:send"
    service._client.session.mount("http://", HTTPAdapter(max_retries=0))
    yield made
    firebase_admin.delete_app(made)


def full_message() -> messaging.Message:
    """A message in which everything is set that the SDK can set."""
    lights = messaging.LightSettings("#aabbccdd", 200, 2500)
    android = messaging.AndroidNotification(
        title="t", body="b", icon="i", color="#aabbcc", sound="s", tag="g", click_action="c", body_loc_key="k",
        body_loc_args=["1"], title_loc_key="k", title_loc_args=["1"], channel_id="c", image="https://example.org/i",
        ticker="t", sticky=True, event_timestamp=datetime(2026, 11, 21, tzinfo=UTC), local_only=True, priority="max",
        vibrate_timings_millis=[100, 250], default_vibrate_timings=False, default_sound=True, light_settings=lights,
        default_light_settings=False, visibility="private", notification_count=3, proxy="if_priority_lowered",
    )  # fmt: skip
    aps = messaging.Aps(
        alert=messaging.ApsAlert(title="t", body="b", loc_key="k", loc_args=["1"], launch_image="i"), badge=1,
        sound=messaging.CriticalSound("s", critical=True, volume=0.5), content_available=True, category="c",
        thread_id="t", mutable_content=True, custom_data={"own": [1, {"a": None}]},
    )  # fmt: skip
    web = messaging.WebpushNotification(
        title="t", body="b", icon="i", actions=[messaging.WebpushNotificationAction("a", "A", icon="i")], badge="b",
        data={"a": 1}, direction="rtl", image="i", language="es", renotify=True, require_interaction=True, silent=False,
        tag="g", timestamp_millis=1, vibrate=[1, 2], custom_data={"own": 1},
    )  # fmt: skip
    label = "a-label"
    return messaging.Message(
        data={"kind": "booking"},
        notification=messaging.Notification("t", "b", image="https://example.org/i"),
        android=messaging.AndroidConfig(
            collapse_key="k", priority="high", ttl=timedelta(days=1, milliseconds=500), restricted_package_name="p",
            data={"a": "b"}, notification=android, fcm_options=messaging.AndroidFCMOptions(label),
            direct_boot_ok=True, bandwidth_constrained_ok=True, restricted_satellite_ok=True,
        ),
        webpush=messaging.WebpushConfig(
            headers={"TTL": "60", "Urgency": "high", "Topic": "abc"}, data={"a": "b"}, notification=web,
            fcm_options=messaging.WebpushFCMOptions("https://example.org/"),
        ),
        apns=messaging.APNSConfig(
            headers={"apns-priority": "10", "apns-collapse-id": "c"}, payload=messaging.APNSPayload(aps, own="x"),
            fcm_options=messaging.APNSFCMOptions(label, "https://example.org/i"), live_activity_token="l",
        ),
        fcm_options=messaging.FCMOptions(label),
        fid="abc",
    )  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        full_message(),
        messaging.Message(fid="abc", android=messaging.AndroidConfig(ttl=0)),
        messaging.Message(topic="news", notification=messaging.Notification("t")),
        messaging.Message(condition="'a' in topics && !('b' in topics)", data={"a": "b"}),
    ],
    ids=["everything", "nothing", "topic", "condition"],
)
def test_what_the_sdk_makes_is_accepted(
    app: firebase_admin.App, fcm: FcmStandIn, message: messaging.Message
) -> None:
    name = messaging.send(message, app=app)

    assert [sent.name for sent in fcm.messages()] == [name]


def test_the_sdk_may_only_validate(app: firebase_admin.App, fcm: FcmStandIn) -> None:
    assert messaging.send(full_message(), dry_run=True, app=app).endswith("/fake_message_id")
    assert fcm.messages() == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("UNREGISTERED", messaging.UnregisteredError),
        ("INVALID_TOKEN", exceptions.InvalidArgumentError),
        ("INVALID_ARGUMENT", exceptions.InvalidArgumentError),
        ("SENDER_ID_MISMATCH", messaging.SenderIdMismatchError),
        ("THIRD_PARTY_AUTH_ERROR", messaging.ThirdPartyAuthError),
        ("QUOTA_EXCEEDED", messaging.QuotaExceededError),
        ("INTERNAL", exceptions.InternalError),
        ("UNAVAILABLE", exceptions.UnavailableError),
        ("UNAUTHENTICATED", exceptions.UnauthenticatedError),
        ("PERMISSION_DENIED", exceptions.PermissionDeniedError),
    ],
)
def test_the_sdk_knows_every_refusal(
    app: firebase_admin.App, fcm: FcmStandIn, answer: str, error: type[Exception]
) -> None:
    fcm.script("abc", answer)

    with pytest.raises(error) as caught:
        messaging.send(messaging.Message(fid="abc"), app=app)

    assert type(caught.value) is error
