"""docs/security.md names the tests that hold its promises: they exist, and no family of attacks is left out."""

import re

import pytest

from tests.architecture.source import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)`", DOCUMENT)))
ATTACKS = sorted(path.name for path in (ROOT / "tests" / "attacks").glob("test_*.py"))
SUBJECTS = (
    [f"API{n}" for n in range(1, 11)] + [f"V{n}" for n in range(1, 18)] + [str(n) for n in range(1, 22)]
)


@pytest.mark.parametrize("path", NAMED)
def test_every_test_that_is_named_exists(path: str) -> None:
    assert "\ndef test_" in (ROOT / path).read_text() or "\n    def test_" in (ROOT / path).read_text()


@pytest.mark.parametrize("name", ATTACKS)
def test_every_family_of_attacks_is_named(name: str) -> None:
    assert f"tests/attacks/{name}" in NAMED


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_is_held_by_a_test_or_does_not_apply(subject: str) -> None:
    (row,) = re.findall(rf"^\| {subject} \|.*$", DOCUMENT, re.MULTILINE)

    assert "`tests/" in row or row.endswith("| \u2013 |")


def test_every_link_leads_somewhere() -> None:
    for page in re.findall(r"\]\(([\w-]+\.md)", DOCUMENT):
        assert (ROOT / "docs" / page).is_file(), page
