"""The pages behind the links of e-mails: plain HTML without scripts, in the reader's language."""

import base64
import hashlib
from html import escape

from courtside.notifications.messages.catalogue import Catalogue, catalogue_of, language_of
from courtside.notifications.messages.letters import BRAND
from courtside.notifications.messages.rendering import name_of_type
from courtside.notifications.types import type_of

_STYLE = """\
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px 12px; background: #f2f4f5; color: #17201c;
  font: 16px/1.5 -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 480px; margin: 8vh auto 0; padding: 28px 24px; background: #fff; border: 1px solid #dfe4e2;
  border-radius: 12px; }
h1 { margin: 0 0 12px; font-size: 21px; line-height: 1.3; }
p { margin: 0 0 16px; }
.faint { color: #5f6b66; font-size: 14px; }
button { display: block; width: 100%; margin: 0 0 10px; padding: 13px 16px; border: 1px solid #b9ccc3;
  border-radius: 8px; background: none; color: #17694a; font: inherit; font-weight: 600; cursor: pointer; }
button:first-child { border-color: #17694a; background: #17694a; color: #fff; }
@media (prefers-color-scheme: dark) {
  body { background: #14171a; color: #f3f5f7; }
  main { background: #1f2428; border-color: #343b41; }
  .faint { color: #9aa4ad; }
  button { border-color: #3f6a59; color: #8fd3b6; }
}
"""
# What a content security policy has to say for the style above to be taken.
STYLE_SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"

_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}</main>
</body>
</html>
"""

_BUTTON = '<button name="choice" value="{choice}">{label}</button>\n'


def question_page(language: str, type_: str) -> str:
    """What no longer to send; of a mandatory type only the others can be chosen."""
    texts, kind = catalogue_of(language_of(language)), name_of_type(type_, language)
    if type_of(type_).mandatory:
        content = _paragraph(texts, "mandatory", kind) + _form(texts, "all")
    else:
        content = _paragraph(texts, "question", kind) + _form(texts, "this", "all")
    return _page(texts, language, content + _note(texts))


def done_page(language: str, type_: str, choice: str) -> str:
    """What was done, and how to undo it."""
    texts, kind = catalogue_of(language_of(language)), name_of_type(type_, language)
    text = {"all": "done_all", "undo": "undone"}.get(choice, "done")
    more = _form(texts, "undo") if text == "done" else ""
    return _page(texts, language, _paragraph(texts, text, kind) + more + _note(texts))


def unknown_page(language: str) -> str:
    """For what is no link of ours."""
    texts = catalogue_of(language_of(language))
    return _page(texts, language, _paragraph(texts, "unknown", ""))


def _page(texts: Catalogue, language: str, content: str) -> str:
    title = escape(texts["unsubscribe.title"].replace("Courtside", BRAND))
    return _PAGE.format(language=language_of(language), title=title, style=_STYLE, content=content)


def _paragraph(texts: Catalogue, key: str, kind: str) -> str:
    return f"<p>{escape(texts[f'unsubscribe.{key}'].format(kind=kind))}</p>\n"


def _note(texts: Catalogue) -> str:
    return f'<p class="faint">{escape(texts["unsubscribe.kept"])}</p>\n'


def _form(texts: Catalogue, *choices: str) -> str:
    """A button for each choice; without an action the form goes to where the page came from."""
    buttons = [
        _BUTTON.format(choice=choice, label=escape(texts[f"unsubscribe.{choice}"])) for choice in choices
    ]
    return f'<form method="post">\n{"".join(buttons)}</form>\n'
