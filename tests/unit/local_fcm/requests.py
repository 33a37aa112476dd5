"""Requests to send, as bytes; a message with every field of the API."""

import json
from typing import Any

FULL_MESSAGE: dict[str, Any] = {
    "token": "abc",
    "data": {"kind": "booking"},
    "notification": {"title": "t", "body": "b", "image": "https://example.org/i.png"},
    "android": {
        "collapse_key": "k",
        "priority": "HIGH",
        "ttl": "86400.5s",
        "restricted_package_name": "org.example",
        "data": {"a": "b"},
        "notification": {
            "title": "t",
            "body": "b",
            "icon": "i",
            "color": "#aabbCC",
            "sound": "s",
            "tag": "g",
            "click_action": "OPEN",
            "body_loc_key": "k",
            "body_loc_args": ["1", "2"],
            "title_loc_key": "k",
            "title_loc_args": ["1"],
            "channel_id": "c",
            "ticker": "t",
            "sticky": True,
            "event_time": "2026-11-21T10:00:00.5Z",
            "local_only": False,
            "notification_priority": "PRIORITY_MAX",
            "default_sound": True,
            "default_vibrate_timings": False,
            "default_light_settings": False,
            "bypass_proxy_notification": False,
            "vibrate_timings": ["1s", "0.5s"],
            "visibility": "PRIVATE",
            "notification_count": 3,
            "light_settings": {
                "color": {"red": 1, "green": 0.5, "blue": 0, "alpha": 1},
                "light_on_duration": "1s",
                "light_off_duration": "2.5s",
            },
            "image": "https://example.org/i.png",
            "proxy": "IF_PRIORITY_LOWERED",
        },
        "fcm_options": {"analytics_label": "l"},
        "direct_boot_ok": True,
        "bandwidth_constrained_ok": True,
        "restricted_satellite_ok": False,
    },
    "webpush": {
        "headers": {"TTL": "60", "Urgency": "high"},
        "data": {"a": "b"},
        "notification": {"title": "w", "actions": [{"action": "open", "title": "Open"}]},
        "fcm_options": {"link": "https://example.org/", "analytics_label": "l"},
    },
    "apns": {
        "headers": {"apns-priority": "10", "apns-collapse-id": "c", "apns-expiration": "0"},
        "payload": {"aps": {"alert": {"title": "a"}, "badge": 1}, "own": [1]},
        "fcm_options": {"analytics_label": "l", "image": "https://example.org/i.png"},
        "live_activity_token": "x",
    },
    "fcm_options": {"analytics_label": "l"},
}


def encoded(message: Any, **more: Any) -> bytes:
    """A request to send as it goes over the wire."""
    return json.dumps({"message": message, **more}).encode()
