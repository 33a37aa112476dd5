"""What FCM is given for one delivery: the SDK's message, checked and encoded by the SDK, for one platform alone.

A push stands on locked screens and passes through others' servers: ids and generic text, nobody's name. All attempts at
one notification have the same tag and collapse key, so that one that was sent twice is seen once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from firebase_admin import messaging

from courtside.notifications.messages.rendering import Message, message_of
from courtside.notifications.model import LeasedDelivery
from courtside.notifications.types import Category, Hints, Priority, collapse_of, hints_of, type_of

# What the web's push services take of a topic; also below what Apple takes.
_SCREEN_KEY_CHARACTERS = 32
_LOUD = frozenset({Priority.HIGH, Priority.URGENT})


def push_of(
    delivery: LeasedDelivery, *, deadline: datetime, public_url: str, receipt: str | None = None
) -> dict[str, Any]:
    """The wire form of the message, as `messages:send` takes it under `message`.

    FCM keeps it for a device that is away until `deadline`. By its `receipt` a service worker says that it was shown.

    Raises:
        ValueError: the SDK does not take it.
    """
    assert delivery.platform is not None  # others are not sent
    assert delivery.token is not None
    message = message_of(delivery, delivery.language, delivery.time_zone)
    block = _BLOCKS[delivery.platform](delivery, message, deadline, public_url)
    # The SDK has deprecated tokens, which apps still register; the field is all that differs.
    push = messaging.Message(fid=delivery.token, data=_data(delivery, message, receipt), **block)
    wire: dict[str, Any] = json.loads(str(push))
    if ":" in delivery.token:
        wire["token"] = wire.pop("fid")
    return wire


def screen_key(delivery: LeasedDelivery) -> str:
    """Of pushes with this key a screen shows the last: of a notification, or of all that its type has replace it."""
    shared = collapse_of(delivery.type, delivery.payload)
    if shared is None:
        # What it tells of may be fewer at the next attempt.
        return delivery.id.hex if delivery.leads else delivery.notification_id.hex
    return hashlib.sha256(shared.encode()).hexdigest()[:_SCREEN_KEY_CHARACTERS]


def _data(delivery: LeasedDelivery, message: Message, receipt: str | None) -> dict[str, str]:
    """What a client acts on: ids to acknowledge with, where to go, and how to show it while it is open."""
    hints = _hints(delivery)
    return {
        "notification_id": str(delivery.notification_id),
        "delivery_id": str(delivery.id),
        "type": delivery.type,
        "category": _category(delivery),
        "priority": delivery.priority,
        "link": message.link,
        "sound": "1" if hints.sound else "0",
        "toast": hints.toast.value,
        **({"receipt": receipt} if receipt else {}),
    }


def _android(delivery: LeasedDelivery, message: Message, deadline: datetime, _: str) -> Mapping[str, Any]:
    # Without a key of its own FCM would keep one message for an app that is away, under the app's name.
    key, hints = screen_key(delivery), _hints(delivery)
    shown = messaging.AndroidNotification(
        title=message.push_title,
        body=message.push_body,
        tag=key,
        channel_id=_category(delivery),
        sound="default" if hints.sound else None,
        visibility="private",
    )
    config = messaging.AndroidConfig(
        collapse_key=key,
        priority="high" if delivery.priority in _LOUD else "normal",
        ttl=_seconds_left(delivery, deadline),
        notification=shown,
    )
    return {"android": config}


def _ios(delivery: LeasedDelivery, message: Message, deadline: datetime, _: str) -> Mapping[str, Any]:
    aps = messaging.Aps(
        alert=messaging.ApsAlert(title=message.push_title, body=message.push_body),
        sound="default" if _hints(delivery).sound else None,
        thread_id=_category(delivery),
        category=delivery.type,
        # So that the app's extension can say that it was received.
        mutable_content=True,
    )
    headers = {
        "apns-push-type": "alert",
        "apns-priority": "10" if delivery.priority in _LOUD else "5",
        "apns-expiration": str(int(deadline.timestamp())),
        "apns-collapse-id": screen_key(delivery),
    }
    return {"apns": messaging.APNSConfig(headers=headers, payload=messaging.APNSPayload(aps=aps))}


def _web(
    delivery: LeasedDelivery, message: Message, deadline: datetime, public_url: str
) -> Mapping[str, Any]:
    hints, link = _hints(delivery), public_url.rstrip("/") + message.link
    shown = messaging.WebpushNotification(
        title=message.push_title,
        body=message.push_body,
        language=message.language,
        tag=screen_key(delivery),
        silent=not hints.sound,
        require_interaction=delivery.priority == Priority.URGENT,
    )
    headers = {
        "TTL": str(_seconds_left(delivery, deadline)),
        "Urgency": "high" if delivery.priority in _LOUD else "normal",
        "Topic": screen_key(delivery),
    }
    # Only pages over TLS can be opened by the SDK; on one machine the client's worker opens the link of the data.
    options = messaging.WebpushFCMOptions(link=link) if link.startswith("https://") else None
    return {"webpush": messaging.WebpushConfig(headers=headers, notification=shown, fcm_options=options)}


_BLOCKS: Mapping[str, Callable[[LeasedDelivery, Message, datetime, str], Mapping[str, Any]]] = {
    "android": _android,
    "ios": _ios,
    "web": _web,
}


def _hints(delivery: LeasedDelivery) -> Hints:
    return hints_of(Priority(delivery.priority))


def _category(delivery: LeasedDelivery) -> str:
    category: Category = type_of(delivery.type).category
    return category.value


def _seconds_left(delivery: LeasedDelivery, deadline: datetime) -> int:
    return max(0, int((deadline - delivery.now).total_seconds()))
