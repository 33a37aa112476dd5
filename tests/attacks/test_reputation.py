"""Ratings and names: reviews without a session, more than one, of oneself; and who one seems to be."""

import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls
from tests.attacks.verdicts import INVALID
from tests.world import ADMIN

PRE = "FAILED_PRECONDITION"


def reviews(who: str, booking: str, refused: str, name: str, rating: object = 1, text: str = "") -> Attempt:
    return calls(who, "reviews.write_review", refused, name, booking_id=booking, rating=rating, text=text)


ATTEMPTS = [
    reviews("ada", "@booking", f"{PRE} NOT_REVIEWABLE", "a review of what has not taken place"),
    reviews("ada", "@hold", f"{PRE} NOT_REVIEWABLE", "a review of a hold"),
    reviews("mal", "@missed", f"{PRE} NOT_REVIEWABLE", "a review of a session that one missed"),
    reviews("mal", "@long_done", f"{PRE} NOT_REVIEWABLE", "a review half a year later"),
    reviews("ada", "@done", "ALREADY_EXISTS ALREADY_REVIEWED", "a second review of one session"),
    reviews("tom", "@bobs_done", f"{PRE} NOT_REVIEWABLE", "a trainer reviews himself on a client's booking", 5),
    *(reviews("bob", "@bobs_done", INVALID, f"a rating of {stars!r}", stars)
      for stars in (0, 6, -5, 4.5, "5", True, 10**9)),
    reviews("bob", "@bobs_done", INVALID, "a review of a megabyte", text="x" * 200_000),
    calls("mal", "reviews.open_dispute", INVALID, "a dispute with a link that runs", booking_id="@missed",
          reason="conduct", text="See", links=["javascript:alert(1)"]),
    calls("mal", "reviews.open_dispute", INVALID, "a dispute with a link that carries credentials",
          booking_id="@missed", reason="conduct", text="See", links=["https://courtside.app@evil.example.com/"]),
    calls("mal", "reviews.open_dispute", INVALID, "a dispute with a link that reads backwards", booking_id="@missed",
          reason="conduct", text="See", links=["https://evil.example.com/\u202egnp.exe"]),
    calls("mal", "reviews.open_dispute", INVALID, "a dispute for a reason of one's own", booking_id="@missed",
          reason="because", text="See"),
    calls("mal", "reviews.open_dispute", INVALID, "a dispute with a hundred links", booking_id="@missed",
          reason="other", text="See", links=["https://example.com/"] * 100),
    calls("ada", "account.register_client", "ALREADY_EXISTS ALREADY_REGISTERED", "registering again under another name",
          display_name="Tom", time_zone="UTC"),
    calls("tom", "trainers.apply", "ALREADY_EXISTS ALREADY_APPLIED", "applying again",
          display_name="T", time_zone="UTC"),
    *(calls("ned", "account.register_client", INVALID, f"a name {what}", display_name=name, time_zone="UTC")
      for what, name in {
          "of nothing": "", "of blanks": "   ", "too long": "N" * 81, "with a null": "Tom\0", "of a number": 7,
          "that is a list": ["Tom"], "in two lines": "Tom\nfrom the studio", "with a tab": "Tom\tadmin",
          "with an escape": "\x1b[31mTom", "that reads backwards": "\u202emoT", "with a zero width": "T\u200bom",
          "of nothing visible": "\u3164", "with a byte order mark": "\ufeffTom", "with half a letter": "\ud83d",
          "with a line separator": "Tom\u2028admin",
      }.items()),
    calls("ned", "account.register_client", INVALID, "a time zone out of a file", display_name="N",
          time_zone="../../etc/passwd"),
    calls("ned", "account.register_client", INVALID, "the machine's own time zone", display_name="N",
          time_zone="localtime"),
    calls("ned", "account.register_client", INVALID, "a phone with a command", display_name="N", time_zone="UTC",
          phone="+34600111222;ls"),
    calls("ned", "account.register_client", INVALID, "a locale out of a path", display_name="N", time_zone="UTC",
          locale="../en"),
    calls(ADMIN, "trainers.approve", INVALID, "a trainer id that is a path", trainer_id="../users/mal"),
    calls(ADMIN, "trainers.approve", "NOT_FOUND TRAINER_NOT_FOUND", "a trainer id of Firestore's own",
          trainer_id="__mal__"),
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nobody_seems_what_they_are_not(arena: Arena, attempt: Attempt) -> None:
    arena.withstand(attempt)
