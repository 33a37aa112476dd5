"""Command ids of the seed come from what a step means, and from nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from seed.people import ADMIN, MADRID, name_person
from seed.steps import AnswerForgotten, AnswerMissing, AnswerTo, Step

INES = name_person("Inés Duarte", MADRID)
BOOK = Step(
    "book",
    INES,
    "bookings.book_session",
    {"service_id": AnswerTo("service Yoga", "service_id"), "starts_at": "2026-05-04T09:00:00+00:00"},
    datetime(2026, 5, 1, tzinfo=UTC),
)


def test_a_step_planned_again_at_another_time_is_the_same_command() -> None:
    assert replace(BOOK, at=None).command_id == BOOK.command_id


@pytest.mark.parametrize(
    "other",
    [
        replace(BOOK, key="book again"),
        replace(BOOK, sender=ADMIN),
        replace(BOOK, command="bookings.cancel_booking"),
        replace(BOOK, content={**BOOK.content, "starts_at": "2026-05-04T09:30:00+00:00"}),
        replace(BOOK, content={**BOOK.content, "service_id": AnswerTo("service Pilates", "service_id")}),
    ],
)
def test_a_step_that_means_something_else_is_another_command(other: Step) -> None:
    assert other.command_id != BOOK.command_id


def test_content_is_filled_with_earlier_answers() -> None:
    answers = {"service Yoga": {"service_id": "s-1", "trainer_id": "ines-duarte"}}

    assert BOOK.filled(answers) == {"service_id": "s-1", "starts_at": "2026-05-04T09:00:00+00:00"}


@pytest.mark.parametrize("answers", [{}, {"service Yoga": {"trainer_id": "ines-duarte"}}])
def test_a_step_whose_answer_is_missing_cannot_be_filled(answers: dict[str, dict[str, str]]) -> None:
    with pytest.raises(AnswerMissing):
        BOOK.filled(answers)


def test_a_step_whose_answer_nobody_remembers_cannot_be_filled() -> None:
    with pytest.raises(AnswerForgotten):
        BOOK.filled({"service Yoga": None})


def test_people_have_addresses_and_ids_without_accents() -> None:
    assert (INES.uid, INES.email) == ("ines-duarte", "ines-duarte@courtside.test")
