"""Series: booked, cancelled and moved together, each date on its own terms and reported."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from courtside.bookings.recurrence import instant_of
from tests.integration.bookings.conversation import book, hold, outcome_of, soon, together
from tests.integration.bookings.test_refusals import nothing_changes
from tests.world import World, tomorrow_at

TEN = tomorrow_at(10, days=3)
WEEK = timedelta(weeks=1)
FOUR_WEEKS = {"every": "week", "count": 4}
MADRID = ZoneInfo("Europe/Madrid")


@pytest.fixture
def studio(idle_world: World) -> World:
    idle_world.approve_trainer("tom", horizon_days=60)
    for client in ("ada", "bob"):
        idle_world.register_client(client)
    return idle_world


def recurring(service: str, starts_at: datetime = TEN, **given: Any) -> dict[str, Any]:
    return {"service_id": service, "starts_at": starts_at.isoformat(), "repeat": FOUR_WEEKS, **given}


def book_series(
    world: World, uid: str, service: str, starts_at: datetime = TEN, **given: Any
) -> dict[str, Any]:
    """A series, once a preview has said the same of every date."""
    content = recurring(service, starts_at, **given)
    asked = {name: value for name, value in content.items() if name not in ("mode", "pay_with")}
    told = world.call(uid, "bookings.preview_series", **asked)
    series = world.call(uid, "bookings.book_series", **content)
    assert [outline(each) for each in told["dates"]] == [outline(each) for each in series["dates"]]
    return series


def outline(each: dict[str, Any]) -> tuple[str, str, str | None]:
    return each["on_date"], each["starts_at"], each["reason"]


def reasons(report: dict[str, Any]) -> list[str | None]:
    return [each["reason"] for each in report["dates"]]


def starts(world: World) -> list[datetime]:
    """Of every session that stands."""
    found = world.rows("SELECT starts_at FROM sessions WHERE status <> 'cancelled' ORDER BY starts_at")
    return [starts_at for (starts_at,) in found]


def test_every_date_is_a_booking_of_its_own(studio: World) -> None:
    series = book_series(studio, "ada", studio.add_service())

    assert series["booked"] == 4
    assert starts(studio) == [TEN + n * WEEK for n in range(4)]
    on_dates = studio.rows("SELECT series_id::text, series_on FROM bookings ORDER BY series_on")
    assert on_dates == [(series["series_id"], (TEN + n * WEEK).date()) for n in range(4)]
    (rule,) = studio.rows("SELECT rrule, starts_on, time_zone FROM series")
    assert rule == ("FREQ=WEEKLY;COUNT=4", TEN.replace(tzinfo=None), "UTC")
    studio.relay()
    for each in series["dates"]:
        document = studio.document(f"bookings/{each['booking_id']}")
        assert document is not None
        assert (document["series_id"], document["status"]) == (series["series_id"], "confirmed")


def test_one_date_that_is_taken_refuses_all_of_them(studio: World) -> None:
    service = studio.add_service()
    book(studio, "bob", service, TEN + 2 * WEEK)

    with nothing_changes(studio):
        refusal = studio.refusal("ada", "bookings.book_series", **recurring(service))

    assert refusal.reason == "SERIES_REFUSED"
    taken = {"on_date": str((TEN + 2 * WEEK).date()), "reason": "SLOT_TAKEN"}
    assert refusal.error["details"]["dates"] == [taken]


def test_or_all_but_that_one_are_booked(studio: World) -> None:
    service = studio.add_service()
    book(studio, "bob", service, TEN + 2 * WEEK)

    series = book_series(studio, "ada", service, mode="best_effort")

    assert series["booked"] == 3
    assert reasons(series) == [None, None, "SLOT_TAKEN", None]
    assert studio.rows("SELECT count(*) FROM bookings WHERE client_id = 'ada'") == [(3,)]


def test_dates_beyond_the_horizon_are_reported_as_such(studio: World) -> None:
    series = book_series(
        studio, "ada", studio.add_service(), repeat={"every": "month", "count": 3}, mode="best_effort"
    )

    assert reasons(series) == [None, None, "SLOT_BEYOND_HORIZON"]


def test_a_series_of_which_nothing_can_be_had_is_refused(studio: World) -> None:
    service = studio.add_service()
    book_series(studio, "bob", service)

    with nothing_changes(studio):
        refusal = studio.refusal("ada", "bookings.book_series", **recurring(service, mode="best_effort"))

    assert [each["reason"] for each in refusal.error["details"]["dates"]] == ["SLOT_TAKEN"] * 4


def test_exceptions_are_left_out(studio: World) -> None:
    series = book_series(studio, "ada", studio.add_service(), exceptions=[str((TEN + WEEK).date())])

    assert [each["starts_at"][:10] for each in series["dates"]] == [
        str((TEN + n * WEEK).date()) for n in (0, 2, 3)
    ]


def test_the_hour_on_the_wall_stays_when_the_clocks_change(studio: World) -> None:
    """Cal.com #4702, #19589, #10517, #12137, #6217: hours shifted around daylight-saving changes."""
    studio.approve_trainer("eva", display_name="Eva", time_zone="Europe/Madrid", horizon_days=366)
    service = studio.add_service("eva")
    first = instant_of(datetime.combine(_before_the_clocks_change(), TEN.time()), MADRID)

    series = book_series(studio, "ada", service, first, repeat={"every": "week", "count": 2})

    one, other = (datetime.fromisoformat(each["starts_at"]) for each in series["dates"])
    assert abs(other - one - WEEK) == timedelta(hours=1)
    assert one.astimezone(MADRID).time() == other.astimezone(MADRID).time()


def _before_the_clocks_change() -> date:
    """A day of the week before the next change in Madrid."""
    on = tomorrow_at(12, days=3).astimezone(MADRID)
    while on.utcoffset() == (on.astimezone(UTC) + WEEK).astimezone(MADRID).utcoffset():
        on += timedelta(days=1)
    return on.date()


def test_a_date_that_credits_do_not_reach_leaves_nothing_behind(studio: World) -> None:
    studio.call("tom", "bookings.grant_credits", client_id="ada", amount=5, reason="package")
    service = studio.add_service(credit_price=2)

    series = studio.call(
        "ada", "bookings.book_series", **recurring(service, mode="best_effort", pay_with="credits")
    )

    assert reasons(series) == [None, None, "INSUFFICIENT_CREDITS", "INSUFFICIENT_CREDITS"]
    assert starts(studio) == [TEN, TEN + WEEK]
    assert studio.rows("SELECT remaining FROM allocations") == [(1,)]
    assert studio.rows("SELECT count(*), sum(credits_spent) FROM bookings") == [(2, 4)]


@pytest.mark.parametrize(
    ("scope", "left"),
    [("this", [0, 2, 3]), ("following", [0]), ("all", [])],
    ids=["this", "following", "all"],
)
def test_cancelling_a_part_of_a_series(studio: World, scope: str, left: list[int]) -> None:
    series = book_series(studio, "ada", studio.add_service())

    report = studio.call(
        "ada", "bookings.cancel_series", booking_id=series["dates"][1]["booking_id"], scope=scope
    )

    assert report["changed"] == 4 - len(left)
    assert starts(studio) == [TEN + n * WEEK for n in left]


def test_each_date_is_cancelled_on_its_own_terms_and_past_ones_stay(studio: World) -> None:
    policy = {
        "cancel": [{"within_minutes": 14 * 1_440, "fee_percent": 50}],
        "grace_per_month": 1,
        "cancel_closes_minutes": 60,
    }
    series = book_series(
        studio, "ada", studio.add_service(policy=policy), repeat={"every": "day", "count": 20}
    )
    now = TEN + timedelta(days=1) - timedelta(minutes=30)

    report = studio.call(
        "ada",
        "bookings.cancel_series",
        now=now,
        booking_id=series["dates"][0]["booking_id"],
        scope="all",
    )

    rules = [each["outcome"] and each["outcome"]["rule"] for each in report["dates"]]
    assert rules[0] is None
    assert reasons(report)[0] == "CANCEL_CLOSED"
    assert rules[-5:] == ["on_time"] * 5
    assert set(rules[1:-5]) == {"late", "grace"}
    months = {each["on_date"][:7] for each in report["dates"][1:-5]}
    assert rules.count("grace") == len(months)
    assert starts(studio) == [TEN, TEN + timedelta(days=1)]


@pytest.mark.parametrize("days", [1, -1], ids=["later", "earlier"])
def test_all_of_a_series_move_onto_each_others_dates(studio: World, days: int) -> None:
    series = book_series(studio, "ada", studio.add_service(), repeat={"every": "day", "count": 4})
    first = TEN + timedelta(days=days)

    report = studio.call(
        "ada",
        "bookings.reschedule_series",
        booking_id=series["dates"][0]["booking_id"],
        scope="all",
        starts_at=first.isoformat(),
    )

    assert (report["changed"], reasons(report)) == (4, [None] * 4)
    assert starts(studio) == [first + timedelta(days=n) for n in range(4)]
    assert studio.rows("SELECT DISTINCT reschedules FROM bookings WHERE series_id IS NOT NULL") == [(1,)]


def test_moving_onto_a_taken_time_moves_nothing_or_all_but_that(studio: World) -> None:
    service = studio.add_service()
    series = book_series(studio, "ada", service)
    book(studio, "bob", service, TEN + 2 * WEEK + timedelta(hours=2))
    content = {
        "booking_id": series["dates"][1]["booking_id"],
        "scope": "following",
        "starts_at": (TEN + WEEK + timedelta(hours=2)).isoformat(),
    }

    with nothing_changes(studio):
        refusal = studio.refusal("ada", "bookings.reschedule_series", **content)
    report = studio.call("ada", "bookings.reschedule_series", mode="best_effort", **content)

    assert refusal.reason == "SERIES_REFUSED"
    assert reasons(report) == [None, "SLOT_TAKEN", None]
    two_hours = timedelta(hours=2)
    assert starts(studio) == sorted(
        [
            TEN,
            TEN + 2 * WEEK,
            *(TEN + n * WEEK + two_hours for n in (1, 2, 3)),
        ]
    )


def test_a_booking_that_recurs_alone_is_no_series(studio: World) -> None:
    booked = book(studio, "ada", studio.add_service(), TEN)["booking_id"]
    for uid, reason in (("ada", "NOT_IN_SERIES"), ("bob", "BOOKING_NOT_FOUND")):
        with nothing_changes(studio):
            refusal = studio.refusal(uid, "bookings.cancel_series", booking_id=booked, scope="all")
        assert refusal.reason == reason


def test_clients_do_not_choose_the_terms_of_a_series(studio: World) -> None:
    booked = book_series(studio, "ada", studio.add_service())["dates"][0]["booking_id"]

    with nothing_changes(studio):
        refusal = studio.refusal(
            "ada", "bookings.cancel_series", booking_id=booked, scope="all", for_client=True
        )

    assert refusal.reason == "STAFF_ONLY"


def test_more_than_anybody_may_book(studio: World) -> None:
    endless = {"every": "day", "until": str(TEN.date() + timedelta(days=300))}
    content = recurring(studio.add_service(), repeat=endless)

    with nothing_changes(studio):
        refusal = studio.refusal("ada", "bookings.book_series", **content)

    assert refusal.reason == "SERIES_TOO_LONG"


@pytest.mark.parametrize("mode", ["all_or_nothing", "best_effort"])
def test_two_series_for_the_same_slots_share_none(studio: World, mode: str) -> None:
    service = studio.add_service()

    outcomes = together(
        [outcome_of(studio, uid, "book_series", **recurring(service, mode=mode)) for uid in ("ada", "bob")]
    )

    assert sorted(outcomes) == ["SERIES_REFUSED", "ok"]
    assert starts(studio) == [TEN + n * WEEK for n in range(4)]
    assert studio.rows("SELECT count(DISTINCT client_id), count(*) FROM bookings") == [(1, 4)]


def test_series_that_cross_leave_each_slot_to_one(studio: World) -> None:
    service = studio.add_service()

    together(
        [
            outcome_of(studio, "ada", "book_series", **recurring(service, mode="best_effort")),
            outcome_of(studio, "bob", "book_series", **recurring(service, TEN + WEEK, mode="best_effort")),
        ]
    )

    assert starts(studio) == [TEN + n * WEEK for n in range(5)]
    assert studio.rows("SELECT count(*) FROM bookings") == [(5,)]


def test_requests_recur_too(studio: World) -> None:
    series = book_series(studio, "ada", studio.add_service(requires_confirmation=True))

    assert {each["status"] for each in series["dates"]} == {"pending"}
    asked = studio.rows("SELECT DISTINCT status FROM sessions")
    assert asked == [("booked",)]
    moved = studio.call(
        "ada",
        "bookings.reschedule_series",
        now=soon() + timedelta(minutes=5),
        booking_id=series["dates"][0]["booking_id"],
        scope="this",
        starts_at=(TEN + timedelta(hours=3)).isoformat(),
    )
    assert moved["changed"] == 1


def test_a_preview_looks_past_what_is_overdue_and_sees_the_series_own_sessions(studio: World) -> None:
    service = studio.add_service(hold_minutes=1, daily_cap=1)
    hold(studio, "bob", service, TEN)
    book(studio, "bob", service, TEN + WEEK + timedelta(hours=3))

    now = soon() + timedelta(minutes=5)
    content = recurring(service, now=now)
    told = studio.call("ada", "bookings.preview_series", **content)
    series = studio.call("ada", "bookings.book_series", mode="best_effort", **content)

    assert reasons(told) == reasons(series) == [None, "SLOT_CAP_REACHED", None, None]


def test_the_dates_of_a_series_count_against_the_caps(studio: World) -> None:
    service = studio.add_service(weekly_cap=2)

    series = book_series(studio, "ada", service, repeat={"every": "day", "count": 7}, mode="best_effort")

    assert reasons(series).count("SLOT_CAP_REACHED") in (3, 4, 5)
    assert series["booked"] == 7 - reasons(series).count("SLOT_CAP_REACHED")
