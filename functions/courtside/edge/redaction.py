"""What must not be read in a log, taken out of it: a net under all lines, ours and those of libraries.

Our own lines name ids and nothing else. This is for the day on which one does not, and for what others write.
"""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"
# Nobody reads more of a line; whoever may fill it must not fill the log.
_LONGEST = 8_000

# What stands where something was taken out stays.
_NOT_YET = r"(?!\[(?:secret|token|e-mail|phone|hidden)\])"
_SECRET_NAMES = (
    r"(?:access_?|id_?|refresh_?|custom_?|app_?check_?)?token|secret|client_secret|password|passwd|pwd|passphrase"
    r"|api_?key|key|signature|sig|oobcode|authorization|cookie|set-cookie|x-firebase-appcheck"
)
_VALUE = r"""("[^"]*"?|'[^']*'?|[^\s"'&,;)}\]]+)"""
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"), "[secret]"),
    (re.compile(r"(?<=://)[^/\s:@]{0,256}:[^@\s/]{1,256}@"), "[secret]@"),
    (re.compile(r"eyJ[\w-]{6,}(?:\.[\w-]*){0,4}"), "[token]"),
    (re.compile(rf"\b(bearer|basic)\s+{_NOT_YET}[\w.~+/=-]+", re.IGNORECASE), r"\1 [token]"),
    (re.compile(r"\bwhsec_[\w+/=-]+"), "[secret]"),
    (re.compile(r"\bAIza[\w-]{20,}"), "[secret]"),
    (
        re.compile(rf"""\b({_SECRET_NAMES})(["']?\s*[=:]\s*){_NOT_YET}{_VALUE}""", re.IGNORECASE),
        r"\1\2[secret]",
    ),
    # The address of a calendar is its key, and so is the link of an e-mail.
    (re.compile(rf"/{_NOT_YET}[^/\s?#\"']{{1,256}}\.ics\b", re.IGNORECASE), "/[secret].ics"),
    (re.compile(rf"(/unsubscribe/){_NOT_YET}[\w.-]{{1,500}}"), r"\1[secret]"),
    (re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]"),
    # International numbers, and national ones of nine digits and more; ids, times and amounts do not look like that.
    (re.compile(r"(?<![\w.:/+-])(?:\+|00)[1-9](?:[ ().\-/]{0,2}\d){6,14}(?!\w)", re.ASCII), "[phone]"),
    (re.compile(r"(?<![\w.:/+-])\(?0[1-9]\d{0,3}\)?(?:[ .\-/]?\d){6,11}(?![\w:.-])", re.ASCII), "[phone]"),
)  # fmt: skip

# Fields whose content belongs to a person, whatever it looks like; none of our own lines has one.
_PRIVATE_FIELDS = frozenset(
    {
        "address", "attendees", "bio", "body", "client_name", "comment", "content", "display_name", "email",
        "first_name", "headers", "headline", "last_name", "links", "message_text", "name", "note", "notes", "payload",
        "phone", "reply", "resolution", "statement", "statements", "text", "title",
    }
)  # fmt: skip
_SECRET_FIELD = re.compile(_SECRET_NAMES, re.IGNORECASE)


def redact(text: str) -> str:
    """The text without tokens, secrets, e-mail addresses and phone numbers; doing it twice changes nothing more."""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def redact_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a line with each text redacted, and what belongs to a person or is a secret hidden by its name."""
    return {
        name: HIDDEN if _is_private(name, value) else _redact_value(value) for name, value in fields.items()
    }


def _is_private(name: str, value: object) -> bool:
    is_named = name.lower() in _PRIVATE_FIELDS or _SECRET_FIELD.fullmatch(name) is not None
    return is_named and value is not None


def _redact_value(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case Mapping():
            return redact_fields({str(name): item for name, item in value.items()})
        case list() | tuple() | set() | frozenset():
            return [_redact_value(item) for item in value]
        case bool() | int() | float() | None:
            return value
        case bytes() | bytearray() | memoryview():
            return f"[{len(value)} bytes]"
        case _:
            return redact(str(value))
