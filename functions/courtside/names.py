"""What names may be made of: nothing that cannot be seen, reorders what stands beside it, or mixes look-alikes.

Names stand in other people's lists, messages and calendars, and so does what all are told. The classes of
characters are those of Unicode's security report (UTS #39): default ignorables, bidirectional controls, and letters of
mixed scripts.
"""

import unicodedata

# Letters and symbols by their category that show as nothing.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180e")
# They shape letters of other scripts and emoji; in Latin they only hide.
_JOINERS = frozenset("\u200c\u200d")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Flags of parts of countries, as emoji, are spelled with these.
_EMOJI_TAGS = range(0xE0020, 0xE0080)
# More marks than any language puts on one letter grow over the lines around them.
_MOST_MARKS = 4
_LOOK_ALIKES = frozenset({"LATIN", "CYRILLIC", "GREEK"})


def require_plain_name(name: str) -> str:
    """The name, composed (NFC).

    Raises:
        ValueError: people could not see it for what it is.
    """
    name = unicodedata.normalize("NFC", name)
    if any(_is_hidden(name, position) for position in range(len(name))):
        raise ValueError("must be one line without hidden characters")
    if not any(unicodedata.category(character)[0] in "LNS" for character in name):
        raise ValueError("needs a letter, a digit or a symbol")
    if _longest_marks(name) > _MOST_MARKS:
        raise ValueError("has too many marks on one letter")
    if any(len(_scripts(word)) > 1 for word in name.split()):
        raise ValueError("mixes letters of several alphabets in one word")
    return name


def require_plain_text(text: str) -> str:
    """Lines of text, composed (NFC), their ends all the same; in words of several alphabets, for it names nobody.

    Raises:
        ValueError: something in it cannot be seen, or reorders what can.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    for line in text.split("\n"):
        if any(_is_hidden(line, position) for position in range(len(line))):
            raise ValueError("must be text without hidden characters")
        if _longest_marks(line) > _MOST_MARKS:
            raise ValueError("has too many marks on one letter")
    return text


def _is_hidden(name: str, position: int) -> bool:
    character = name[position]
    if character in _BLANK:
        return True
    if unicodedata.category(character) not in _HIDDEN:
        return False
    before = name[position - 1] if position else ""
    if character in _JOINERS:
        return not before or before.isascii() or before in _JOINERS or _is_latin(before)
    return ord(character) not in _EMOJI_TAGS or not before or before.isascii()


def _is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN ")


def _longest_marks(name: str) -> int:
    longest = run = 0
    for character in name:
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        longest = max(longest, run)
    return longest


def _scripts(word: str) -> set[str]:
    """Of the alphabets whose letters look alike, those that the word uses."""
    return {unicodedata.name(character, "").split(" ")[0] for character in word} & _LOOK_ALIKES
