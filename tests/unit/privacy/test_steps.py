"""The order of a deletion's steps, at first and when it is looked after once more."""

from courtside.privacy.erasure import ACTS
from courtside.privacy.model import Section, Step


def walked(*, again: bool) -> list[Step]:
    """All steps from the first one on."""
    steps, step = [Step.BOOKINGS], Step.BOOKINGS.next(again=again)
    while step is not None:
        steps.append(step)
        step = step.next(again=again)
    return steps


def test_every_step_is_taken_at_first() -> None:
    assert walked(again=False) == list(Step)


def test_documents_are_not_written_every_night() -> None:
    assert walked(again=True) == [
        Step.BOOKINGS,
        Step.SESSIONS,
        Step.CREDITS,
        Step.AUDIT,
        Step.MESSAGES,
        Step.TRACES,
    ]


def test_names_go_before_documents_are_written_and_messages_before_traces() -> None:
    order = list(Step)
    assert order.index(Step.TEXTS) < order.index(Step.DOCUMENTS)
    assert order.index(Step.MESSAGES) < order.index(Step.TRACES)
    assert max(order.index(step) for step in (Step.BOOKINGS, Step.SESSIONS)) < order.index(Step.MESSAGES)


def test_every_step_but_the_last_is_done_in_postgres() -> None:
    assert set(Step) - set(ACTS) == {Step.TRACES}


def test_sections_lead_to_each_other() -> None:
    sections, section = [Section.ACCOUNT], Section.ACCOUNT.next
    while section is not None:
        sections.append(section)
        section = section.next

    assert sections == list(Section)
