"""What FCM refuses in a message that is well-formed: targets, sizes, reserved keys, lifetimes, blocks of platforms.

Where FCM accepts and Apple or the browser's push service would refuse later, and unseen, the stand-in refuses at once.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.fcm.conditions import complaint_about, is_topic
from local.fcm.shapes import Violation
from local.fcm.sizes import NEVER_OVERSIZED_BYTES, oversized
from local.fcm.wire import TARGETS

MAX_TTL_SECONDS = 28 * 24 * 3600
NO_TARGET = "Recipient of the message is not set."
INVALID_TOKEN = "The registration token is not a valid FCM registration token"
_TOKEN = re.compile(r"[A-Za-z0-9_:.%-]{1,4096}")
_LABEL = re.compile(r"[a-zA-Z0-9_.~%-]{1,50}")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_RESERVED_WORDS = frozenset({"from", "message_type"})
_RESERVED_PREFIXES = ("google", "gcm")
_APNS_PRIORITIES = ("1", "5", "10")
_APNS_TYPES = frozenset(
    {"alert", "background", "location", "voip", "complication", "fileprovider", "mdm"}
    | {"liveactivity", "pushtotalk", "widgets"}
)
_URGENCIES = ("very-low", "low", "normal", "high")
_WEB_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")

Message = Mapping[str, Any]


def violations_of(message: Message, at_most_bytes: int | None = None) -> list[Violation]:
    """All that FCM would hold against a message, in the order in which it looks.

    `at_most_bytes` is the length of the request, where it is known: it spares measuring small ones.
    """
    is_small = at_most_bytes is not None and at_most_bytes <= NEVER_OVERSIZED_BYTES
    return [
        *_target(message),
        *_data(message),
        *_android(message.get("android", {})),
        *_apns(message),
        *_webpush(message.get("webpush", {})),
        *_labels(message),
        *([] if is_small else oversized(message)),
    ]


def _target(message: Message) -> Iterator[Violation]:
    given = [name for name in TARGETS if name in message]
    if not given or (len(given) == 1 and not message[given[0]]):
        yield Violation("message", NO_TARGET)
        return
    for name in given[1:]:
        why = f"oneof field 'target' is already set. Cannot set '{name}'"
        yield Violation("message", f"Invalid value at 'message' (oneof), {why}")
    target = message[given[0]]
    if given[0] in ("token", "fid") and not _TOKEN.fullmatch(target):
        yield Violation(f"message.{given[0]}", INVALID_TOKEN)
    elif given[0] == "topic" and not is_topic(target):
        yield Violation("message.topic", "Malformed topic name")
    elif given[0] == "condition" and (complaint := complaint_about(target)):
        yield Violation("message.condition", f"Invalid condition expression provided: {complaint}")


def _data(message: Message) -> Iterator[Violation]:
    places = {
        "message.data": message.get("data", {}),
        "message.android.data": message.get("android", {}).get("data", {}),
        "message.webpush.data": message.get("webpush", {}).get("data", {}),
    }
    for path, data in places.items():
        for key in data:
            if not key or key in _RESERVED_WORDS or key.startswith(_RESERVED_PREFIXES):
                yield Violation(path, f"Invalid data payload key: {key}")


def _android(android: Message) -> Iterator[Violation]:
    if "ttl" in android and not 0 <= float(android["ttl"][:-1]) <= MAX_TTL_SECONDS:
        yield Violation("message.android.ttl", f"Invalid ttl: must be from 0s to {MAX_TTL_SECONDS}s")
    shown = android.get("notification", {})
    path = "message.android.notification"
    if "color" in shown and not _COLOR.fullmatch(shown["color"]):
        yield Violation(f"{path}.color", "Invalid color: must be #RRGGBB")
    if shown.get("notification_count", 0) < 0:
        yield Violation(f"{path}.notification_count", "Invalid notification count: must not be negative")
    for name in ("title", "body"):
        if shown.get(f"{name}_loc_args") and not shown.get(f"{name}_loc_key"):
            yield Violation(f"{path}.{name}_loc_args", f"{name}_loc_args needs {name}_loc_key")
    lights = shown.get("light_settings")
    if lights is not None and len(lights) < 3:
        yield Violation(f"{path}.light_settings", "light_settings needs color and both durations")


def _apns(message: Message) -> Iterator[Violation]:
    apns = message.get("apns", {})
    headers = {name.lower(): value for name, value in apns.get("headers", {}).items()}
    path = "message.apns.headers"
    aps = apns.get("payload", {}).get("aps", {})
    if not isinstance(aps, dict):
        yield Violation("message.apns.payload", "Invalid APNs payload: aps must be an object")
        aps = {}
    if (priority := headers.get("apns-priority")) not in (None, *_APNS_PRIORITIES):
        yield Violation(path, f"Invalid apns-priority: {priority}")
    if not headers.get("apns-expiration", "0").isdigit():
        yield Violation(path, "Invalid apns-expiration: must be seconds since 1970")
    if len(headers.get("apns-collapse-id", "").encode()) > 64:
        yield Violation(path, "Invalid apns-collapse-id: more than 64 bytes")
    if (kind := headers.get("apns-push-type")) is not None and kind not in _APNS_TYPES:
        yield Violation(path, f"Invalid apns-push-type: {kind}")
    is_shown = "notification" in message or aps.keys() & {"alert", "sound", "badge"}
    if headers and message.get("data") and not is_shown and priority == "10":
        yield Violation(path, "Invalid apns-priority: a message of data only needs 5")


def _webpush(webpush: Message) -> Iterator[Violation]:
    headers = {name.lower(): value for name, value in webpush.get("headers", {}).items()}
    path = "message.webpush.headers"
    ttl = headers.get("ttl", "0")
    if not ttl.isdigit() or int(ttl) > MAX_TTL_SECONDS:
        yield Violation(path, f"Invalid TTL: must be from 0 to {MAX_TTL_SECONDS}")
    if headers.get("urgency", "normal") not in _URGENCIES:
        yield Violation(path, f"Invalid Urgency: must be one of {', '.join(_URGENCIES)}")
    if "topic" in headers and not _WEB_TOPIC.fullmatch(headers["topic"]):
        yield Violation(path, "Invalid Topic: up to 32 characters of the URL-safe base64 alphabet")
    link = webpush.get("fcm_options", {}).get("link")
    if link is not None and not link.startswith("https://"):
        yield Violation("message.webpush.fcm_options.link", "Invalid link: HTTPS is required")


def _labels(message: Message) -> Iterator[Violation]:
    for place in ("", "android", "apns", "webpush"):
        block = message.get(place, {}) if place else message
        label = block.get("fcm_options", {}).get("analytics_label")
        if label is not None and not _LABEL.fullmatch(label):
            path = ".".join(filter(None, ("message", place, "fcm_options.analytics_label")))
            yield Violation(path, "Invalid analytics label")
