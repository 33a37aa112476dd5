"""What recipients of mails are answered."""

import json
from typing import Any

import pytest

from local.mail.answers import MailAnswer, answer_as_json, answer_to, read_answer
from local.serving.script import BadAnswer, Script


def test_answer_comes_back_from_its_json_form() -> None:
    answer = MailAnswer(451, times=2, text="4.7.1 Greylisted", at_data=True, delay_seconds=0.5, drop="after")

    assert read_answer(json.loads(json.dumps(answer_as_json(answer)))) == answer
    assert read_answer(550) == MailAnswer(550)


@pytest.mark.parametrize(
    "content",
    [
        "550",
        True,
        200,
        600,
        {"code": 354},
        {"times": 0},
        {"delay_seconds": -1},
        {"drop": "x"},
        {"text": "a\r\nb"},
        {"retry": 1},
    ],
)
def test_nonsense_is_refused(content: Any) -> None:
    with pytest.raises(BadAnswer):
        read_answer(content)


def test_line_has_a_text_of_its_code_or_ones_own() -> None:
    assert MailAnswer().line == "250 OK"
    assert MailAnswer(550).line == "550 5.1.1 No such mailbox"
    assert MailAnswer(499).line == "499 Refused"
    assert MailAnswer(550, text="5.7.1 No").line == "550 5.7.1 No"


def test_recipient_or_the_whole_mail_is_refused() -> None:
    assert MailAnswer(550).refuses_recipient
    assert not MailAnswer(550, at_data=True).refuses_recipient
    assert not MailAnswer().refuses_recipient


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("answer-550@example.org", 550),
        ("answer-451@example.org", 451),
        ("answer-250@example.org", 250),
        ("answer-999@example.org", 250),
        ("answer-x@example.org", 250),
        ("550@example.org", 250),
        ("ana@example.org", 250),
    ],
)
def test_address_that_names_its_answer_needs_no_script(address: str, code: int) -> None:
    assert answer_to(address, Script()).code == code
