"""Mails read back: texts, headers and attachments."""

from email.message import EmailMessage

from local.mail.mails import read_mail


def message(text: str | None = "Hola, mañana", html: str | None = None) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = (
        "no-reply@courtside.test",
        "ana@example.org",
        "Sesión confirmada ✓",
    )
    if text is not None:
        made.set_content(text)
    if html is not None:
        made.add_alternative(html, subtype="html")
    return made


def test_texts_are_decoded() -> None:
    mail = read_mail(message(html="<p>mañana</p>").as_bytes())

    assert mail.subject == "Sesión confirmada ✓"
    assert mail.text == "Hola, mañana\n"
    assert mail.html == "<p>mañana</p>\n"
    assert mail.attachments == []


def test_mail_of_html_only_has_no_text() -> None:
    made = EmailMessage()
    made.set_content("<p>x</p>", subtype="html")
    mail = read_mail(made.as_bytes())

    assert (mail.text, mail.html) == (None, "<p>x</p>\n")


def test_attachment_keeps_name_type_and_bytes() -> None:
    made = message(html="<p>x</p>")
    made.add_attachment(
        b"BEGIN:VCALENDAR\r\n", "text", "calendar", filename="reunión.ics", params={"method": "REQUEST"}
    )
    mail = read_mail(made.as_bytes())
    (part,) = mail.attachments

    assert (part.name, part.content_type, part.content) == (
        "reunión.ics",
        "text/calendar",
        b"BEGIN:VCALENDAR\r\n",
    )
    assert part.parameters["method"] == "REQUEST"
    assert mail.text == "Hola, mañana\n"


def test_headers_keep_their_order_and_number() -> None:
    made = message()
    made["Received"], made["X-Tag"] = "one", "a"
    made.add_header("X-Tag", "b")

    assert [value for name, value in read_mail(made.as_bytes()).headers if name == "X-Tag"] == ["a", "b"]


def test_malformed_mail_is_read_as_far_as_it_goes() -> None:
    assert read_mail(b"").text in (None, "")
    assert read_mail(b"\xff\xfe garbage").subject == ""
    unknown = b"Subject: x\r\nContent-Type: text/plain; charset=no-such\r\n\r\nh\xc3\xa9"
    assert read_mail(unknown).text == "hé"
    assert read_mail(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx").subject == ""
