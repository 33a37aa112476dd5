"""Topics and conditions: names of audiences, and expressions over them such as `'a' in topics && !('b' in topics)`."""

import re
from collections.abc import Iterator

MAX_TOPICS = 5
# Room for every sensible use of five topics; deeper nesting is nobody's intention.
_MAX_TOKENS = 100
_TOPIC = re.compile(r"[a-zA-Z0-9_.~%-]{1,900}")
_TOKEN = re.compile(r"\s*(?:(?P<topic>'[^']*'|\"[^\"]*\")\s+in\s+topics\b|(?P<sign>&&|\|\||[!()]))\s*")


def is_topic(name: str) -> bool:
    """Whether a topic may bear this name; FCM wants it without `/topics/`."""
    return _TOPIC.fullmatch(name) is not None


def complaint_about(condition: str) -> str | None:
    """Why a condition cannot be read, None when it can."""
    try:
        tokens = list(_tokens(condition))
        if len(tokens) > _MAX_TOKENS:
            return "too long"
        rest = _read_either(tokens)
    except ValueError as error:
        return str(error)
    if rest:
        return f"unexpected {rest[0]}"
    if sum(token not in ("&&", "||", "!", "(", ")") for token in tokens) > MAX_TOPICS:
        return f"more than {MAX_TOPICS} topics"
    return None


def _tokens(condition: str) -> Iterator[str]:
    place = 0
    while place < len(condition):
        match = _TOKEN.match(condition, place)
        if match is None:
            raise ValueError(f"cannot be read from {condition[place : place + 20]!r} on")
        if (topic := match["topic"]) is not None and not is_topic(topic[1:-1]):
            raise ValueError(f"{topic} is no topic")
        yield match["topic"] or match["sign"]
        place = match.end()


def _read_either(tokens: list[str]) -> list[str]:
    """What is left after terms joined by `&&` and `||`."""
    rest = _read_term(tokens)
    while rest and rest[0] in ("&&", "||"):
        rest = _read_term(rest[1:])
    return rest


def _read_term(tokens: list[str]) -> list[str]:
    if not tokens:
        raise ValueError("ends where a topic is expected")
    first, *rest = tokens
    if first == "!":
        return _read_term(rest)
    if first == "(":
        rest = _read_either(rest)
        if not rest or rest[0] != ")":
            raise ValueError("a parenthesis is not closed")
        return rest[1:]
    if first in ("&&", "||", ")"):
        raise ValueError(f"unexpected {first}")
    return rest
