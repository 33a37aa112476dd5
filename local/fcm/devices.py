"""What a device would show: notifications that replace each other, and messages that wait until it is reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLATFORMS = ("android", "ios", "web")
MAX_SHOWN = 200
# FCM keeps this many for a device that is away, then drops all and tells the app to ask its server.
MAX_WAITING = 100
MAX_COLLAPSE_KEYS = 4
_DEFAULT_TTL_SECONDS = 28 * 24 * 3600

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A notification on a screen; one with the same `key` takes its place."""

    key: str
    platform: str
    title: str | None
    body: str | None
    link: str | None
    data: dict[str, str]
    name: str
    shown_at: float
    replaced: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message for a device that is away."""

    name: str
    message: Message
    collapse_key: str | None
    expires_at: float


def platform_of(token: str, message: Message) -> str:
    """What a token names at its beginning (`ios-…`), else the only platform a message has a block for, else android."""
    for platform in PLATFORMS:
        if token.startswith(platform):
            return platform
    blocks = [
        name
        for block, name in (("android", "android"), ("apns", "ios"), ("webpush", "web"))
        if block in message
    ]
    return blocks[0] if len(blocks) == 1 else "android"


def _header(block: Message, name: str) -> str | None:
    headers = block.get("headers", {})
    return next((value for key, value in headers.items() if key.lower() == name), None)


def replaces(message: Message, platform: str) -> str | None:
    """What a notification shares with those that it replaces on a screen: tag, or Apple's collapse id."""
    if platform == "ios":
        return _header(message.get("apns", {}), "apns-collapse-id")
    tag = _block(message, platform).get("notification", {}).get("tag")
    return tag if isinstance(tag, str) and tag else None


def collapse_key(message: Message, platform: str) -> str | None:
    """Of messages with the same key only the last reaches a device that was away."""
    if platform == "ios":
        return _header(message.get("apns", {}), "apns-collapse-id")
    if platform == "web":
        return _header(message.get("webpush", {}), "topic")
    key: str | None = message.get("android", {}).get("collapse_key")
    return key


def lifetime_seconds(message: Message, platform: str, now: float) -> float:
    """How long a message waits for its device, from `now` in seconds since 1970."""
    block = _block(message, platform)
    if platform == "ios":
        expiration = _header(block, "apns-expiration")
        if expiration is None:
            return _DEFAULT_TTL_SECONDS
        return max(0.0, float(expiration) - now)
    if platform == "web":
        return float(_header(block, "ttl") or _DEFAULT_TTL_SECONDS)
    return float(block.get("ttl", f"{_DEFAULT_TTL_SECONDS}s")[:-1])


def present(message: Message, platform: str) -> Message | None:
    """Title, body and link as the system shows them; None for a message that only the app gets to see."""
    block = _block(message, platform)
    own = _alert(block) if platform == "ios" else block.get("notification", {})
    if not own and "notification" not in message:
        return None
    common = message.get("notification", {})
    link = block.get("fcm_options", {}).get("link") or own.get("click_action")
    return {
        "title": own.get("title", common.get("title")),
        "body": own.get("body", common.get("body")),
        "link": link or _data(message, platform).get("link"),
    }


def _block(message: Message, platform: str) -> Message:
    found: Message = message.get({"android": "android", "ios": "apns", "web": "webpush"}[platform], {})
    return found


def _alert(apns: Message) -> Message:
    alert = apns.get("payload", {}).get("aps", {}).get("alert", {})
    return {"body": alert} if isinstance(alert, str) else alert


def _data(message: Message, platform: str) -> dict[str, str]:
    found: dict[str, str] = _block(message, platform).get("data") or message.get("data", {})
    return found


@dataclass
class Device:
    """One installation of an app, by its token. Times are seconds since 1970."""

    token: str
    platform: str | None = None
    connected: bool = True
    shown: dict[str, Shown] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    lost: int = 0
    """Messages that were accepted and never shown: expired, collapsed, or too many."""

    def take(self, name: str, message: Message, now: float) -> None:
        """A message that FCM accepted for this device."""
        platform = self.platform or platform_of(self.token, message)
        if self.connected:
            self._show(name, message, platform, now)
            return
        lifetime = lifetime_seconds(message, platform, now)
        if lifetime <= 0:
            self.lost += 1
            return
        self._wait(Waiting(name, message, collapse_key(message, platform), now + lifetime))

    def connect(self, now: float) -> None:
        """The device is reached again: what waits and has not expired is shown, oldest first."""
        self.connected = True
        waiting, self.waiting = self.waiting, []
        for item in waiting:
            if item.expires_at > now:
                platform = self.platform or platform_of(self.token, item.message)
                self._show(item.name, item.message, platform, now)
            else:
                self.lost += 1

    def forget(self, name: str) -> None:
        """Let go of a message, the oldest that the device was sent, whether it is shown, waits or has gone before."""
        if (first := next(iter(self.shown.values()), None)) is not None and first.name == name:
            del self.shown[first.key]
        if self.waiting and self.waiting[0].name == name:
            del self.waiting[0]

    def _wait(self, item: Waiting) -> None:
        before = len(self.waiting)
        if item.collapse_key is not None:
            self.waiting = [other for other in self.waiting if other.collapse_key != item.collapse_key]
            keys = {other.collapse_key for other in self.waiting} - {None}
            if len(keys) >= MAX_COLLAPSE_KEYS:
                # Which of them FCM keeps is not promised; here the oldest goes.
                oldest = next(o.collapse_key for o in self.waiting if o.collapse_key is not None)
                self.waiting = [other for other in self.waiting if other.collapse_key != oldest]
        elif before >= MAX_WAITING:
            self.waiting = []
        self.lost += before - len(self.waiting)
        self.waiting.append(item)

    def _show(self, name: str, message: Message, platform: str, now: float) -> None:
        texts = present(message, platform)
        if texts is None:
            return
        key = replaces(message, platform) or name
        earlier = self.shown.pop(key, None)
        data = _data(message, platform)
        replaced = earlier.replaced + 1 if earlier else 0
        self.shown[key] = Shown(
            key, platform, texts["title"], texts["body"], texts["link"], data, name, now, replaced
        )
        if len(self.shown) > MAX_SHOWN:
            del self.shown[next(iter(self.shown))]
