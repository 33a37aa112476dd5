"""Methods of strings and bytes (https://firebase.google.com/docs/reference/rules/rules.String and rules.Bytes)."""

import base64
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]

from emulator.rules.values.signatures import BOOL, BYTES, INT, LIST, STRING, Signature
from emulator.rules.values.types import EvaluationError

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """A regular expression in RE2 syntax; EvaluationError if it has none."""
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error:
        raise EvaluationError(f"Invalid regular expression: {pattern!r}.") from None


def _matches(text: str, pattern: str) -> bool:
    return compiled(pattern).fullmatch(text) is not None


def _replace(text: str, pattern: str, replacement: str) -> str:
    return str(compiled(pattern).sub(lambda match: replacement, text))


def _split(text: str, pattern: str) -> list[str]:
    """The pieces between matches; empty ones at the end are left out, as RE2/J does."""
    if not pattern:
        return list(text)
    parts: list[str] = []
    end = 0
    for match in compiled(pattern).finditer(text):
        if match.end() > match.start():
            parts.append(text[end : match.start()])
            end = match.end()
    parts.append(text[end:])
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


STRING_METHODS: Mapping[str, Signature] = {
    "lower": Signature(str.lower, (), STRING),
    "matches": Signature(_matches, (STRING,), BOOL),
    "replace": Signature(_replace, (STRING, STRING), STRING),
    "size": Signature(len, (), INT),
    "split": Signature(_split, (STRING,), LIST),
    "toUtf8": Signature(str.encode, (), BYTES),
    "trim": Signature(str.strip, (), STRING),
    "upper": Signature(str.upper, (), STRING),
}

BYTES_METHODS: Mapping[str, Signature] = {
    "size": Signature(len, (), INT),
    "toBase64": Signature(_base64, (), STRING),
    "toHexString": Signature(lambda content: content.hex().upper(), (), STRING),
}
