"""What `docs/notifications.md` says is so: its tables are those of the code, and its examples run.

python -m tests.unit.notifications.test_document      writes its tables of types and numbers anew
"""

import ast
import random
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from babel.messages.pofile import read_po

from courtside.notifications import explanation, limits, outcomes, plan, pushes, types
from courtside.notifications.breaker import FAILURES_TO_OPEN, Breaker
from courtside.notifications.fcm import _ENDINGS
from courtside.notifications.messages import rendering
from courtside.notifications.messages.catalogue import Catalogue, read_source
from courtside.notifications.messages.rendering import message_of
from courtside.notifications.model import Notice, Notification
from courtside.notifications.outcomes import ACCEPTED, UNTRIED, WAITING, Outcome, next_step
from courtside.notifications.plan import Because, Circumstances, Installed, Preferences, is_wanted
from courtside.notifications.types import TYPES, Channel

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "notifications.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def types_table() -> str:
    rows = []
    for name, type_ in TYPES.items():
        told = {"mandatory": type_.mandatory, "grouped": type_.grouped, "confirmed": type_.confirmed}
        told |= {"calendar file": type_.calendar, "asked for": type_.asked_for}
        channels = ", ".join(c.value for c in Channel if c in type_.channels) or "inbox alone"
        notes = ", ".join(note for note, holds in told.items() if holds)
        rows.append(f"| `{name}` | {type_.category} | {type_.priority} | {channels} | {notes} |\n")
    return "| type | category | priority | beside the inbox | |\n|---|---|---|---|---|\n" + "".join(rows)


def numbers_table() -> str:
    numbers = {
        "pushes to one person": f"{limits.PUSHES} in {_words(limits.PUSH_WINDOW)}",
        "urgent ones, at any hour": f"{limits.URGENT_PUSHES} in {_words(limits.URGENT_WINDOW)}",
        **{
            f"what is alike and {priority} is told in one for": _words(window)
            for priority, window in limits.GROUP_WINDOWS.items()
        },
        "a push or mail is tried again after": f"{outcomes.FIRST_PAUSE_SECONDS:g} s, then ever longer",
        "a channel is left alone after": f"{FAILURES_TO_OPEN} failures in a row, then probed",
        "an installation is stale, ends": f"after {limits.STALE_AFTER.days}, {limits.EXPIRED_AFTER.days} days",
        "installations of one person": str(limits.MOST_INSTALLATIONS),
        "a digest goes": f"at {limits.DIGEST_HOUR}, names up to {limits.MOST_IN_DIGEST}",
        "credits that expire are told of": f"{limits.CREDITS_WARNING.days} days before",
        "people whom a broadcast tells": f"{limits.BROADCASTS_PER_MINUTE:,} a minute",
    }
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in numbers.items())


def _words(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    if seconds == 0:
        return "no time"
    unit, size = next(u for u in (("h", 3_600), ("min", 60), ("s", 1)) if seconds % u[1] == 0)
    return f"{seconds // size} {unit}"


TABLES = {"types": types_table, "numbers": numbers_table}


def block(language: str, name: str) -> str:
    """A named block of code, whatever list it is indented in."""
    found = re.search(rf"^( *)```{language} {name}\n(.*?)^\1```$", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"there is no block {language} {name}"
    indent = found[1]
    return "".join(line.removeprefix(indent) for line in found[2].splitlines(keepends=True))


def codes_after(heading: str) -> set[str]:
    """The codes in the first column of the first table after a text."""
    _, _, rest = TEXT.partition(heading)
    table = rest[rest.index("\n|") : rest.index("\n\n", rest.index("\n|"))]
    return {
        code for row in table.strip().splitlines() for code in re.findall(r"`([^`]+)`", row.split("|")[1])
    }


def returned_by(module: Any, function: str) -> set[str]:
    """The texts that a function of a module returns."""
    found = _function(module, function)
    returned = [node.value for node in ast.walk(found) if isinstance(node, ast.Return) and node.value]
    return {
        each.value
        for value in returned
        for each in _alternatives(value)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def returned_keys(module: Any, function: str) -> set[str]:
    """The keys of all dictionaries that are written out in a function of a module."""
    dicts = [node for node in ast.walk(_function(module, function)) if isinstance(node, ast.Dict)]
    return {str(key.value) for each in dicts for key in each.keys if isinstance(key, ast.Constant)}


def _function(module: Any, name: str) -> ast.FunctionDef:
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name)


def _alternatives(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.IfExp):
        yield from _alternatives(value.body)
        yield from _alternatives(value.orelse)
    else:
        yield value


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_that_of_the_code(name: str) -> None:
    assert f"<!-- {name} -->\n\n{TABLES[name]()}\n" in TEXT, f"run python -m {__name__}"


def test_every_reason_of_a_delivery_is_explained_and_there_are_no_others() -> None:
    states = {f"installation_{state}" for state in ("removed", "quarantined", "expired")}
    refusals = {*_ENDINGS, "INVALID_TOKEN", "UNSENDABLE", "HTTP_…", "SMTP_5…"}

    explained = codes_after("<!-- reasons -->")

    assert explained == {*Because, *returned_by(outcomes, "why_not"), *states, *refusals}


def test_every_reason_for_no_delivery_is_explained_and_there_are_no_others() -> None:
    assert codes_after("<!-- untold -->") == returned_by(explanation, "_why")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:functions|tests)/[\w/.]+)`", TEXT))))
def test_every_file_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_data_of_a_push_is_told_in_full() -> None:
    (sentence,) = re.findall(r"Every push carries as data (.*?)\.", TEXT, re.DOTALL)

    assert set(re.findall(r"`(\w+)`", sentence)) == returned_keys(pushes, "_data")


@pytest.fixture
def with_lockers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[Notice]]:
    """The new type of the walk-through: its line, its case and its texts, where they belong."""
    line = block("python", "type")
    new = eval(f"{{{line}}}", vars(types))  # noqa: S307 - our own document
    monkeypatch.setattr(types, "TYPES", {**TYPES, **new})
    source = read_source("en")
    for added in read_po(BytesIO(block("po", "texts").encode()), locale="en"):
        if added.id:
            source[added.id] = added
    monkeypatch.setattr(rendering, "catalogue_of", lambda language: Catalogue(source))
    namespace: dict[str, Any] = {"Notice": Notice}
    exec(block("python", "policy"), namespace)
    notices: Callable[[Any], list[Notice]] = namespace["locker_notices"]
    return notices


def test_a_type_is_a_line_a_case_and_its_texts(with_lockers: Callable[[Any], list[Notice]]) -> None:
    event = SimpleNamespace(client_id="ada", session_id=str(uuid4()), service_name="Boxing")

    (notice,) = with_lockers(event)
    message = message_of(notice, "en", "UTC")
    notification = Notification(
        id=uuid4(),
        user_id=notice.user_id,
        type=notice.type,
        priority=types.type_of(notice.type).priority,
        receipt=False,
        payload=notice.payload,
        count=1,
        language="en",
        time_zone="UTC",
        created_at=NOW,
        expires_at=None,
        read_at=None,
        archived_at=None,
        snoozed_until=None,
    )
    circumstances = Circumstances("ada", True, Preferences("UTC"), [Installed("phone", NOW)])
    planned = plan.plan(notification, circumstances, NOW)

    assert message.title == "Something was left behind"
    assert "Boxing" in message.body
    assert "Boxing" not in message.push_body
    assert message.link == f"/sessions/{event.session_id}"
    assert [(each.channel, each.target) for each in planned] == [("push", "phone")]
    refused = Preferences("UTC", types={notice.type: {"push": False}})
    assert is_wanted(notice.type, Channel.PUSH, refused) is Because.TYPE_SWITCHED_OFF


class Gateway:
    """An SMS gateway that answers each number as its last digit says."""

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}

    def submit(self, number: str, text: str, *, reference: str) -> str:
        if number.endswith("0"):
            raise TimeoutError
        return self.taken.setdefault(reference, f"sms-{len(self.taken)}")

    def close(self) -> None: ...


def delivery(target: str, id_: UUID) -> Any:
    told = {"type": "session.booked", "payload": {"role": "trainer"}, "count": 1}
    return SimpleNamespace(id=id_, target=target, language="en", time_zone="UTC", **told)


def test_a_channel_is_a_gateway() -> None:
    namespace: dict[str, Any] = {
        "Breaker": Breaker,
        "Outcome": Outcome,
        "UNTRIED": UNTRIED,
        "WAITING": WAITING,
        "ACCEPTED": ACCEPTED,
        "message_of": message_of,
        "random": random,
        "time": time,
    }
    exec(block("python", "channel"), namespace)
    sender, id_ = namespace["SmsSender"](Gateway()), uuid4()
    leased = [delivery("+15550001", id_), delivery("+15550000", uuid4()), delivery("+15550001", id_)]

    sent, lost, again = sender.send(None, leased, until=time.monotonic() + 60)
    late = sender.send(None, leased[:1], until=time.monotonic() - 1)
    step = next_step(lost, attempts=1, now=NOW, deadline=NOW + timedelta(days=1), jitter=0.0)
    sender.close()

    assert (sent.state, sent.provider_id) == (again.state, again.provider_id) == (ACCEPTED, "sms-0")
    assert (step.state, step.pause_seconds) == (WAITING, outcomes.FIRST_PAUSE_SECONDS)
    assert late == [UNTRIED]


def main() -> None:
    """Write the tables."""
    text = TEXT
    for name, table in TABLES.items():
        before, marker, after = text.partition(f"<!-- {name} -->\n\n")
        rest = re.sub(r"^(\|.*\n)*\n*", "", after)
        text = f"{before}{marker}{table()}\n{rest}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
