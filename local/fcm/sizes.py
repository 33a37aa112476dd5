"""How large a message is on each platform: 4,096 bytes at most, 2,048 for topics."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local.fcm.shapes import Violation

MAX_BYTES = 4096
MAX_TOPIC_BYTES = 2048
# What platforms get is part of the request, but for a few words around it.
NEVER_OVERSIZED_BYTES = MAX_TOPIC_BYTES - 64


def oversized(message: Mapping[str, Any]) -> Iterator[Violation]:
    """One violation per platform whose share of a message is too large."""
    limit = MAX_TOPIC_BYTES if "topic" in message or "condition" in message else MAX_BYTES
    for platform, size in (("Android", android_bytes), ("APNS", apns_bytes), ("Webpush", webpush_bytes)):
        if size(message) > limit:
            yield Violation("message", f"{platform} message is too big")


def android_bytes(message: Mapping[str, Any]) -> int:
    """Keys and values of data and notification, where the block of Android overrides what is common."""
    android = message.get("android", {})
    shown = {**message.get("notification", {}), **android.get("notification", {})}
    return _bytes_of(android.get("data", message.get("data", {}))) + _bytes_of(shown)


def apns_bytes(message: Mapping[str, Any]) -> int:
    """The JSON that would go to Apple: data beside `aps`."""
    payload = message.get("apns", {}).get("payload", {})
    common = {"aps": {"alert": message["notification"]}} if "notification" in message else {}
    return _json_bytes({**message.get("data", {}), **common, **payload})


def webpush_bytes(message: Mapping[str, Any]) -> int:
    """The JSON that would go to the browser's push service."""
    webpush = message.get("webpush", {})
    shown = {**message.get("notification", {}), **webpush.get("notification", {})}
    data = webpush.get("data", message.get("data", {}))
    return _json_bytes({**({"data": data} if data else {}), **({"notification": shown} if shown else {})})


def _bytes_of(fields: Mapping[str, Any]) -> int:
    return sum(
        len(key.encode()) + (len(value.encode()) if isinstance(value, str) else _json_bytes(value))
        for key, value in fields.items()
    )


def _json_bytes(content: Any) -> int:
    return len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
