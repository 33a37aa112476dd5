"""Which document paths a trigger is about.

Source: https://cloud.google.com/eventarc/docs/path-patterns; `{name}` and `{name=**}` as the Firebase SDKs write them.
"""

import re

from emulator.core.errors import InvalidArgument

_CAPTURE = re.compile(r"\{[A-Za-z_][A-Za-z_0-9]*(?:=(\*\*?))?\}")
_ONE = "[^/]+"
_ANY_NUMBER = "[^/]+(?:/[^/]+)*"


def exact(path: str) -> re.Pattern[str]:
    """A pattern of one document."""
    return re.compile(re.escape(_checked(path)))


def path_pattern(text: str) -> re.Pattern[str]:
    """A pattern with wildcards: `*` or `{name}` for one segment or a part of it, `**` or `{name=**}` for any number."""
    return re.compile("/".join(_segment(segment) for segment in _checked(text).split("/")))


def _checked(text: str) -> str:
    path = text.strip("/")
    if not all(path.split("/")):
        raise InvalidArgument(f"a trigger's document must be a path without empty segments, not {text!r}")
    return path


def _segment(segment: str) -> str:
    capture = _CAPTURE.fullmatch(segment)
    if segment == "**" or (capture is not None and capture[1] == "**"):
        return _ANY_NUMBER
    if capture is not None:
        return _ONE
    if "{" in segment or "}" in segment or "**" in segment:
        raise InvalidArgument(f"{segment!r} is not a wildcard of a path pattern")
    return _ONE if segment == "*" else "[^/]*".join(re.escape(part) for part in segment.split("*"))
