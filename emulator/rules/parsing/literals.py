"""Values of string, byte and number literals (https://firebase.google.com/docs/reference/rules/rules.Bytes)."""

import re

_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL
)
_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip
MAX_INT = (1 << 63) - 1


def read_string(body: str) -> str | None:
    """The text between the quotes of a string literal; None for a code point that does not exist.

    An escape that is none, as in `'\\d'`, keeps its backslash, so that regular expressions can be written
    with or without doubling it.
    """
    if "\\" not in body:
        return body
    try:
        text = _ESCAPE.sub(_unescaped, body)
        text.encode()
    except (ValueError, OverflowError):
        return None
    return text


def _unescaped(match: re.Match[str]) -> str:
    hexadecimal = match[1] or match[2] or match[3]
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    if match[4]:
        return chr(int(match[4], 8))
    return _SIMPLE.get(match[5], match[0])


def read_bytes(body: str) -> bytes | None:
    """The bytes between the quotes of a byte literal; characters stand for their UTF-8 encoding.

    None for an escape that is neither a simple one, nor two hexadecimal, nor three octal digits.
    """
    parts: list[bytes] = []
    position = 0
    for match in _ESCAPE.finditer(body):
        parts.append(body[position : match.start()].encode())
        position = match.end()
        if match[2] or match[3] or (match[5] and match[5] not in _SIMPLE):
            return None
        code = int(match[1], 16) if match[1] else int(match[4], 8) if match[4] else ord(_SIMPLE[match[5]])
        parts.append(bytes([code]))
    return b"".join([*parts, body[position:].encode()])


def read_number(text: str) -> int | float | None:
    """The number of a literal; None for an integer beyond 64 bits (2^63 itself is left for `-2^63`)."""
    if text[:2] in ("0x", "0X"):
        number = int(text, 16)
    elif text.isdigit():
        number = int(text)
    else:
        return float(text)
    return number if number <= MAX_INT + 1 else None
