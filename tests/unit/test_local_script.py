"""Scripts of answers: one after another, for a name or for all that match."""

import pytest

from local.mail.answers import MailAnswer
from local.serving.script import BadAnswer, Script


def codes(script: Script[MailAnswer], name: str, count: int) -> list[int | None]:
    answers = [script.next_for(name) for _ in range(count)]
    return [answer.code if answer else None for answer in answers]


def scripted(**targets: list[MailAnswer]) -> Script[MailAnswer]:
    script = Script[MailAnswer]()
    for target, answers in targets.items():
        script.set(target, answers)
    return script


def test_nobody_is_answered_without_a_script() -> None:
    assert Script[MailAnswer]().next_for("ana") is None


def test_answers_are_given_one_after_another_as_often_as_they_say() -> None:
    script = scripted(ana=[MailAnswer(450, times=2), MailAnswer(550, times=1)])

    assert codes(script, "ana", 4) == [450, 450, 550, None]
    assert list(script) == []


def test_answer_without_a_number_lasts() -> None:
    script = scripted(ana=[MailAnswer(450, times=1), MailAnswer(550)])

    assert codes(script, "ana", 4) == [450, 550, 550, 550]


def test_others_are_not_answered() -> None:
    assert codes(scripted(ana=[MailAnswer(550)]), "anastasia", 1) == [None]


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*", "anybody", True),
        ("ana*", "anastasia", True),
        ("ana*", "ana", True),
        ("ana*", "banana", False),
        ("*@example.org", "ana@example.org", True),
        ("*@example.org", "ana@example.com", False),
        ("a*a", "ana", True),
        ("a*a", "a", False),
    ],
)
def test_pattern_has_one_star_anywhere(pattern: str, name: str, matches: bool) -> None:
    script = Script[MailAnswer]()
    script.set(pattern, [MailAnswer(550)])

    assert codes(script, name, 1) == [550 if matches else None]


def test_name_goes_before_patterns_and_longer_ones_before_shorter() -> None:
    script = Script[MailAnswer]()
    for target, code in (("*", 450), ("ana*", 451), ("ana@a", 452)):
        script.set(target, [MailAnswer(code)])

    assert [codes(script, name, 1)[0] for name in ("ana@a", "ana@b", "ben")] == [452, 451, 450]


def test_setting_a_target_again_replaces_its_answers() -> None:
    script = scripted(ana=[MailAnswer(450)])
    script.set("ana", [MailAnswer(550)])

    assert codes(script, "ana", 1) == [550]
    script.set("ana", [])

    assert codes(script, "ana", 1) == [None]


@pytest.mark.parametrize("target", ["", "a*b*"])
def test_target_that_makes_no_sense_is_refused(target: str) -> None:
    with pytest.raises(BadAnswer):
        Script[MailAnswer]().set(target, [MailAnswer(550)])
