"""Names that people can see for what they are, and those that they cannot."""

import pytest

from courtside.names import require_plain_name


@pytest.mark.parametrize(
    "name",
    [
        "Ada", "José María", "Łukasz", "Zoë-Ann O'Neill", "Dr. Ana (U18)", "李小龍", "ひらがな カタカナ", "김민준",
        "Александр", "Γιώργος", "محمد", "דוד", "सिद्धार्थ", "می\u200cخواهم", "👩\u200d🦰 Ruth", "3×3 🏀", "DJ Δ",  # noqa: RUF001
        "Ana Иванова",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    ],
)  # fmt: skip
def test_name_of_any_language_is_taken(name: str) -> None:
    assert require_plain_name(name) == name


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Tom\nfrom the studio", "hidden"),
        ("Tom\tadmin", "hidden"),
        ("\x1b[31mTom", "hidden"),
        ("Tom\u2028admin", "hidden"),
        ("\u202emoT", "hidden"),
        ("T\u2066om\u2069", "hidden"),
        ("T\u200bom", "hidden"),
        ("T\u200dom", "hidden"),
        ("é\u200dom", "hidden"),
        ("\u200cTom", "hidden"),
        ("\ufeffTom", "hidden"),
        ("T\u00adom", "hidden"),
        ("T\U000e0061om", "hidden"),
        ("\u3164", "hidden"),
        ("Tom\u3164", "hidden"),
        ("\ue000", "hidden"),
        ("...", "letter"),
        ("\u0301", "letter"),
        ("Z" + "\u0335" * 5, "marks"),
        ("T\u043em", "alphabets"),
        ("\u0391na", "alphabets"),
    ],
)
def test_name_that_is_not_what_it_seems_is_refused(name: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        require_plain_name(name)


def test_two_spellings_are_one_name() -> None:
    assert require_plain_name("Jose\u0301") == require_plain_name("Jos\u00e9") == "Jos\u00e9"
