"""The request of `projects.messages.send`: every field of FCM's HTTP v1 API and what it holds.

Source: FCM's reference of `projects.messages` and its discovery document.
"""

from local.fcm.shapes import (
    AnyObject,
    Choice,
    Composite,
    Duration,
    Flag,
    ListOf,
    Number,
    Text,
    Texts,
    Timestamp,
)

_FCM = "google.firebase.fcm.v1"
_TEXT = Text()
_FLAG = Flag()


def _choice(type_name: str, *names: str) -> Choice:
    return Choice(f"type.googleapis.com/{_FCM}.{type_name}", frozenset(names))


def _options(type_name: str, *names: str) -> Composite:
    return Composite(f"{_FCM}.{type_name}", dict.fromkeys(names, _TEXT))


_COLOR = Composite("google.type.Color", dict.fromkeys(("red", "green", "blue", "alpha"), Number(whole=False)))
_LIGHT_SETTINGS = Composite(
    f"{_FCM}.LightSettings",
    {"color": _COLOR, "light_on_duration": Duration(), "light_off_duration": Duration()},
)
_PRIORITIES = ("PRIORITY_UNSPECIFIED", "PRIORITY_MIN", "PRIORITY_LOW", "PRIORITY_DEFAULT")
_NOTIFICATION_PRIORITY = _choice(
    "AndroidNotification.NotificationPriority", *_PRIORITIES, "PRIORITY_HIGH", "PRIORITY_MAX"
)
_VISIBILITY = _choice(
    "AndroidNotification.Visibility", "VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"
)
_PROXY = _choice("AndroidNotification.Proxy", "PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED")
_ANDROID_TEXTS = (
    "title body icon color sound tag click_action body_loc_key title_loc_key channel_id ticker image"
)
_ANDROID_FLAGS = (
    "sticky local_only default_sound default_vibrate_timings default_light_settings bypass_proxy_notification"
)
_ANDROID_NOTIFICATION = Composite(
    f"{_FCM}.AndroidNotification",
    {
        **dict.fromkeys(_ANDROID_TEXTS.split(), _TEXT),
        **dict.fromkeys(_ANDROID_FLAGS.split(), _FLAG),
        "body_loc_args": ListOf(_TEXT),
        "title_loc_args": ListOf(_TEXT),
        "event_time": Timestamp(),
        "notification_priority": _NOTIFICATION_PRIORITY,
        "vibrate_timings": ListOf(Duration()),
        "light_settings": _LIGHT_SETTINGS,
        "visibility": _VISIBILITY,
        "notification_count": Number(whole=True),
        "proxy": _PROXY,
    },
)
_ANDROID = Composite(
    f"{_FCM}.AndroidConfig",
    {
        "collapse_key": _TEXT,
        "priority": _choice("AndroidConfig.AndroidMessagePriority", "NORMAL", "HIGH"),
        "ttl": Duration(),
        "restricted_package_name": _TEXT,
        "data": Texts(),
        "notification": _ANDROID_NOTIFICATION,
        "fcm_options": _options("AndroidFcmOptions", "analytics_label"),
        "direct_boot_ok": _FLAG,
        "bandwidth_constrained_ok": _FLAG,
        "restricted_satellite_ok": _FLAG,
    },
)
_APNS = Composite(
    f"{_FCM}.ApnsConfig",
    {
        "headers": Texts(),
        "payload": AnyObject(),
        "fcm_options": _options("ApnsFcmOptions", "analytics_label", "image"),
        "live_activity_token": _TEXT,
    },
)
_WEBPUSH = Composite(
    f"{_FCM}.WebpushConfig",
    {
        "headers": Texts(),
        "data": Texts(),
        "notification": AnyObject(),
        "fcm_options": _options("WebpushFcmOptions", "link", "analytics_label"),
    },
)
TARGETS = ("token", "fid", "topic", "condition")
MESSAGE = Composite(
    f"{_FCM}.Message",
    {
        "name": _TEXT,
        "data": Texts(),
        "notification": _options("Notification", "title", "body", "image"),
        "android": _ANDROID,
        "webpush": _WEBPUSH,
        "apns": _APNS,
        "fcm_options": _options("FcmOptions", "analytics_label"),
        **dict.fromkeys(TARGETS, _TEXT),
    },
)
SEND_REQUEST = Composite(f"{_FCM}.SendMessageRequest", {"message": MESSAGE, "validate_only": _FLAG})
