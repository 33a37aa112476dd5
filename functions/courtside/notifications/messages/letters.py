"""E-mails: a message as text and as HTML that reads well on phones, in the dark, and without pictures.

One click unsubscribes (RFC 8058) from every type that is not mandatory. Styles stand with their elements, since many
programs drop style sheets; the sheet only serves those that know dark mode.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from uuid import UUID

from courtside.notifications.messages.catalogue import Catalogue, catalogue_of
from courtside.notifications.messages.formats import locale_of, number_of
from courtside.notifications.messages.rendering import Message

BRAND = "Courtside"

_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
@media (prefers-color-scheme: dark) {{
  .page {{ background: #14171a !important; }}
  .card {{ background: #1f2428 !important; border-color: #343b41 !important; }}
  .strong {{ color: #f3f5f7 !important; }}
  .plain {{ color: #cfd6dc !important; }}
  .faint, .faint a {{ color: #9aa4ad !important; }}
  .rule {{ border-color: #343b41 !important; }}
  .quiet {{ color: #8fd3b6 !important; border-color: #3f6a59 !important; }}
}}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f5;">
<div style="display:none;max-height:0;overflow:hidden;">{body}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="page" style="background:#f2f4f5;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"
 style="max-width:560px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;">
<tr><td class="strong" style="padding:0 8px 16px;font-size:17px;font-weight:700;color:#17201c;">{brand}</td></tr>
<tr><td class="card" style="background:#ffffff;border:1px solid #dfe4e2;border-radius:12px;padding:28px 24px;">
<h1 class="strong" style="margin:0 0 12px;font-size:22px;line-height:1.3;color:#17201c;">{title}</h1>
<p class="plain" style="margin:0 0 20px;font-size:16px;line-height:1.5;color:#3a4540;">{body_html}</p>
{facts}{buttons}</td></tr>
<tr><td class="faint" style="padding:16px 8px;font-size:13px;line-height:1.5;color:#5f6b66;">{footer}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
"""
_FACTS = """\
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px;">{rows}</table>
"""
_FACT = (
    '<tr><td class="faint rule" valign="top" style="padding:8px 12px 8px 0;border-top:1px solid #e6eae8;'
    'font-size:14px;color:#5f6b66;white-space:nowrap;">{label}</td>'
    '<td class="strong rule" width="100%" style="padding:8px 0;border-top:1px solid #e6eae8;font-size:15px;'
    'color:#17201c;word-break:break-word;">{value}</td></tr>'
)
_ITEM = (
    '<div class="rule" style="margin:0 0 16px;padding:16px 0 0;border-top:1px solid #e6eae8;">'
    '<a href="{url}" class="strong" style="color:#17201c;font-size:16px;font-weight:600;">{title}</a><br>'
    '<span class="plain" style="color:#3a4540;font-size:15px;line-height:1.5;">{body}</span></div>\n'
)
_MORE = '<p class="plain rule" style="margin:0 0 20px;font-size:15px;color:#3a4540;">{text}</p>\n'
_FIRST_BUTTON = (
    '<a href="{url}" style="display:inline-block;margin:0 8px 8px 0;padding:13px 20px;border-radius:8px;'
    'border:1px solid #17694a;background:#17694a;color:#ffffff;font-size:16px;font-weight:600;text-decoration:none;">'
    "{label}</a>"
)
_BUTTON = (
    '<a href="{url}" class="quiet" style="display:inline-block;margin:0 8px 8px 0;padding:13px 20px;border-radius:8px;'
    'border:1px solid #b9ccc3;color:#17694a;font-size:16px;font-weight:600;text-decoration:none;">{label}</a>'
)
_FOOTER_LINK = '<a href="{url}" style="color:#5f6b66;">{label}</a>'


@dataclass(frozen=True)
class Envelope:
    """From whom an e-mail comes and to whom it goes; the same `id` is always the same e-mail.

    `public_url` is where the application is, `unsubscribe_url` None for what cannot be switched off, `calendar` the
    text of a calendar file with the booking, `items` what a digest or a group is made of, and `more` how much of that
    is not among them.
    """

    id: UUID
    sender: str
    recipient: str
    sent_at: datetime
    public_url: str
    unsubscribe_url: str | None = None
    calendar: str | None = None
    items: tuple[Message, ...] = ()
    more: int = 0


def email_of(message: Message, envelope: Envelope) -> EmailMessage:
    """The e-mail, whole.

    Raises:
        ValueError: sender or recipient is no e-mail address.
    """
    email = EmailMessage(policy=SMTP)
    email["From"] = _address(envelope.sender, BRAND)
    email["To"] = _address(envelope.recipient)
    email["Subject"] = message.subject
    email["Date"] = format_datetime(envelope.sent_at)
    email["Message-ID"] = f"<{envelope.id}@{_address(envelope.sender).domain}>"
    # No answering machine is to answer it.
    email["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe_url:
        email["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
        email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    email.set_content(text_of(message, envelope))
    email.add_alternative(html_of(message, envelope), subtype="html")
    if envelope.calendar:
        email.add_attachment(envelope.calendar, subtype="calendar", filename="booking.ics", cte="base64")
    # Last, because contents take such headers along into their parts.
    email["Content-Language"] = message.language
    return email


def text_of(message: Message, envelope: Envelope) -> str:
    """The e-mail for programs that show no HTML."""
    texts = catalogue_of(message.language)
    facts = [f"{label}: {value}" for label, value in message.facts]
    links = [f"{label}: {url}" for label, url in _links(message, envelope, texts)]
    footer = [texts["email.why"], *_ending(envelope, texts)]
    if envelope.unsubscribe_url:
        footer.append(f"{texts['email.unsubscribe']}: {envelope.unsubscribe_url}")
    items = [f"{item.title}\n{item.body}\n{_page_of(item, envelope)}" for item in envelope.items]
    parts = [
        message.title,
        message.body,
        "\n".join(facts),
        *items,
        _more(envelope, message.language),
        "\n".join(links),
        "-- \n" + "\n".join(footer),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def html_of(message: Message, envelope: Envelope) -> str:
    """The e-mail as a page; all that somebody wrote is escaped."""
    texts = catalogue_of(message.language)
    rows = "".join(_FACT.format(label=escape(label), value=escape(value)) for label, value in message.facts)
    buttons = [
        (_BUTTON if position else _FIRST_BUTTON).format(url=escape(url), label=escape(label))
        for position, (label, url) in enumerate(_links(message, envelope, texts))
    ]
    footer = [escape(line) for line in (texts["email.why"], *_ending(envelope, texts))]
    if envelope.unsubscribe_url:
        label = escape(texts["email.unsubscribe"])
        footer.append(_FOOTER_LINK.format(url=escape(envelope.unsubscribe_url), label=label))
    return _PAGE.format(
        language=escape(message.language),
        brand=BRAND,
        title=escape(message.title),
        body=escape(message.body),
        body_html=escape(message.body).replace("\n", "<br>"),
        facts=(_FACTS.format(rows=rows) if rows else "") + "".join(_items(envelope, message.language)),
        buttons="".join(buttons),
        footer="<br>".join(footer),
    )


def _links(message: Message, envelope: Envelope, texts: Catalogue) -> list[tuple[str, str]]:
    """Label and address of what can be done: the application asks again before it does anything."""
    page = _page_of(message, envelope)
    actions = [(label, f"{page}?action={name}") for name, label in message.actions]
    return [*actions, (texts["email.open"], page)]


def _page_of(message: Message, envelope: Envelope) -> str:
    return envelope.public_url.rstrip("/") + message.link


def _items(envelope: Envelope, language: str) -> Iterator[str]:
    for item in envelope.items:
        url, body = escape(_page_of(item, envelope)), escape(item.body).replace("\n", "<br>")
        yield _ITEM.format(url=url, title=escape(item.title), body=body)
    if more := _more(envelope, language):
        yield _MORE.format(text=escape(more))


def _more(envelope: Envelope, language: str) -> str:
    """That there is more than is named; empty where there is not."""
    if not envelope.more:
        return ""
    text = catalogue_of(language).find_plural("email.more", envelope.more)
    assert text is not None  # every language has it
    return text.format(count=number_of(envelope.more, locale_of(language)))


def _ending(envelope: Envelope, texts: Catalogue) -> list[str]:
    mandatory = [] if envelope.unsubscribe_url else [texts["email.mandatory"]]
    return [*mandatory, texts["email.calendar"]] if envelope.calendar else mandatory


def _address(text: str, name: str = "") -> Address:
    """`ada@example.com` or `Ada <ada@example.com>`; raises ValueError for anything else."""
    shown, spec = parseaddr(text)
    try:
        address = Address(display_name=shown or name, addr_spec=spec)
    # It has an index error for an address that ends too soon.
    except (HeaderParseError, ValueError, IndexError) as error:
        raise ValueError("not an e-mail address") from error
    if not address.username or not address.domain or "\n" in text or "\r" in text:
        raise ValueError("not an e-mail address")
    return address
