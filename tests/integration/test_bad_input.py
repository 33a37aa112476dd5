"""Input that no command takes: each a typed refusal that names the field, and nothing changes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from courtside.errors import InvalidInput
from tests.integration.refusals import Studio
from tests.world import World, tomorrow_at

SERVICE: dict[str, Any] = {"name": "Judo", "duration_minutes": 60, "price_minor": 100, "currency": "EUR"}
PERSON: dict[str, Any] = {"display_name": "New", "time_zone": "UTC"}


def week(*ranges: tuple[int, str, str]) -> dict[str, Any]:
    return {"hours": [{"weekday": day, "start": start, "end": end} for day, start, end in ranges]}


def day(*ranges: tuple[str, str], on: str | None = None) -> dict[str, Any]:
    on_date = on or tomorrow_at(0).date().isoformat()
    return {"on_date": on_date, "hours": [{"start": start, "end": end} for start, end in ranges]}


@pytest.mark.parametrize(
    "starts_at",
    [
        "2030-03-01T10:00:00",
        "2030-02-30T10:00:00Z",
        "2030-03-01T25:00:00Z",
        "2030-03-01T10:00:30Z",
        "9999-12-31T23:59:00-12:00",
        "0001-01-01T00:00:00+12:00",
        "2030-03-01",
        "1900000000",
        1_900_000_000,
        True,
        None,
        "",
        "\0",
    ],
)
@pytest.mark.parametrize("command", ["book_session", "reschedule_booking"])
def test_time_that_is_none_is_refused(refusing_studio: Studio, command: str, starts_at: object) -> None:
    subject = (
        {"service_id": refusing_studio.service}
        if command == "book_session"
        else {"booking_id": refusing_studio.booking}
    )

    refused = refusing_studio.refused("ada", f"bookings.{command}", starts_at=starts_at, **subject)

    assert (refused.code, refused.reason, refused.paths) == (
        "INVALID_ARGUMENT",
        "INVALID_INPUT",
        ["starts_at"],
    )


@pytest.mark.parametrize(
    ("hours", "path"),
    [
        (week((1, "09:00", "12:00"), (1, "11:59", "13:00")), "(all)"),
        (week((1, "09:00", "12:00"), (1, "09:00", "12:00")), "(all)"),
        (week((1, "08:00", "20:00"), (1, "09:00", "10:00")), "(all)"),
        (week((1, "22:00", "26:00"), (2, "01:00", "03:00")), "(all)"),
        (week((7, "22:00", "26:00"), (1, "01:59", "03:00")), "(all)"),
        (week((7, "12:00", "36:00"), (1, "00:00", "01:00")), "(all)"),
        (week((1, "09:00", "09:00")), "hours.0"),
        (week((1, "12:00", "09:00")), "hours.0"),
        (week((1, "22:00", "02:00")), "hours.0"),
        (week((1, "24:00", "25:00")), "hours.0"),
        (week((1, "09:00", "33:01")), "hours.0"),
        (week((1, "09:00", "48:01")), "hours.0.end"),
        (week((1, "9:00", "12:00")), "hours.0.start"),
        (week((1, "09:60", "12:00")), "hours.0.start"),
        (week((1, "-1:00", "12:00")), "hours.0.start"),
        (week((1, "09:00:00", "12:00")), "hours.0.start"),
        (week((1, "٠٩:٠٠", "12:00")), "hours.0.start"),  # noqa: RUF001 - digits, but not ASCII
        (week((0, "09:00", "12:00")), "hours.0.weekday"),
        (week((8, "09:00", "12:00")), "hours.0.weekday"),
        (week(*[(1, "09:00", "12:00")] * 71), "hours"),
        ({"hours": [{"weekday": True, "start": "09:00", "end": "12:00"}]}, "hours.0.weekday"),
        ({"hours": [{"weekday": "1", "start": "09:00", "end": "12:00"}]}, "hours.0.weekday"),
        ({"hours": [{"weekday": 1, "start": 9, "end": "12:00"}]}, "hours.0.start"),
        ({"hours": [{"weekday": 1, "start": "09:00"}]}, "hours.0.end"),
        ({"hours": [{"weekday": 1, "start": "09:00", "end": "12:00", "zone": "UTC"}]}, "hours.0.zone"),
        ({"hours": {"1": ["09:00", "12:00"]}}, "hours"),
        ({"hours": None}, "hours"),
        ({}, "hours"),
    ],
)
def test_week_that_is_none_is_refused(refusing_studio: Studio, hours: dict[str, Any], path: str) -> None:
    refused = refusing_studio.refused("tom", "availability.set_weekly_hours", **hours)

    assert (refused.reason, refused.paths) == ("INVALID_INPUT", [path])


def test_hours_that_only_touch_are_a_week(world: World) -> None:
    world.call("tom", "trainers.apply", display_name="Tom", time_zone="UTC")
    hours = week((1, "01:00", "12:00"), (1, "12:00", "24:00"), (2, "00:00", "03:00"), (7, "22:00", "25:00"))

    assert world.call("tom", "availability.set_weekly_hours", **hours) == {"trainer_id": "tom"}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (day(("09:00", "12:00"), ("11:00", "13:00")), "(all)"),
        (day(("12:00", "09:00")), "hours.0"),
        (day(*[(f"{hour:02}:00", f"{hour:02}:30") for hour in range(11)]), "hours"),
        (day(on="2030-02-30"), "on_date"),
        (day(on="tomorrow"), "on_date"),
        (day(on="86400"), "on_date"),
        ({"on_date": "2030-03-01"}, "hours"),
        ({"on_date": 20300301, "hours": []}, "on_date"),
    ],
)
def test_date_with_hours_that_are_none_is_refused(
    refusing_studio: Studio, content: dict[str, Any], path: str
) -> None:
    refused = refusing_studio.refused("tom", "availability.set_override", **content)

    assert (refused.reason, refused.paths) == ("INVALID_INPUT", [path])


@pytest.mark.parametrize("days", [-2, 740, 365 * 900])
def test_date_out_of_reach_is_refused(refusing_studio: Studio, days: int) -> None:
    on_date = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()

    assert (
        refusing_studio.refused("tom", "availability.set_override", **day(on=on_date)).reason
        == "DATE_OUT_OF_REACH"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration_minutes", 0),
        ("duration_minutes", -60),
        ("duration_minutes", 4),
        ("duration_minutes", 721),
        ("duration_minutes", 10**18),
        ("duration_minutes", 60.0),
        ("duration_minutes", "60"),
        ("duration_minutes", True),
        ("buffer_before_minutes", -1),
        ("buffer_after_minutes", 241),
        ("capacity", 0),
        ("capacity", 501),
        ("capacity", True),
        ("price_minor", -1),
        ("price_minor", 100_000_001),
        ("price_minor", 0.5),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("currency", "€"),
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 81),
        ("name", "a\0b"),
        ("name", 5),
        ("description", "x" * 4_001),
        ("owner", "tom"),
        ("trainer_id", "tom"),
        ("command_id", "5"),
        ("command_id", None),
    ],
)
def test_service_that_is_none_is_refused(refusing_studio: Studio, field: str, value: object) -> None:
    refused = refusing_studio.refused("tom", "trainers.add_service", **{**SERVICE, field: value})

    assert (refused.reason, refused.paths) == ("INVALID_INPUT", [field])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "europe/madrid"),
        ("time_zone", "UTC+2"),
        ("time_zone", ""),
        ("time_zone", None),
        ("display_name", None),
        ("display_name", "\0"),
        ("locale", "english"),
        ("phone", "0049 30 1234"),
        ("phone", "+1"),
        ("role", "admin"),
        ("user_id", "tom"),
    ],
)
def test_person_that_is_none_is_refused(refusing_studio: Studio, field: str, value: object) -> None:
    refused = refusing_studio.refused("new", "account.register_client", **{**PERSON, field: value})

    assert (refused.reason, refused.paths) == ("INVALID_INPUT", [field])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Nowhere"),
        ("min_notice_minutes", -1),
        ("min_notice_minutes", 43_201),
        ("horizon_days", 0),
        ("horizon_days", 367),
        ("slot_step_minutes", 4),
        ("slot_step_minutes", 1_441),
        ("specialties", ["x"] * 21),
        ("specialties", "boxing"),
        ("languages", [""]),
        ("status", "approved"),
    ],
)
def test_profile_that_is_none_is_refused(refusing_studio: Studio, field: str, value: object) -> None:
    refused = refusing_studio.refused("tom", "trainers.update_profile", **{field: value})

    assert refused.reason == "INVALID_INPUT"
    assert refused.paths[0].split(".")[0] == field


def test_trainer_id_that_climbs_out_of_its_path_is_refused(refusing_studio: Studio) -> None:
    refused = refusing_studio.refused("admin-uid", "trainers.approve", trainer_id="amy/../tom")

    assert (refused.reason, refused.paths) == ("INVALID_INPUT", ["trainer_id"])


def test_reason_of_a_cancellation_is_short(refusing_studio: Studio) -> None:
    refused = refusing_studio.refused(
        "ada", "bookings.cancel_booking", booking_id=refusing_studio.booking, reason="x" * 201
    )

    assert refused.paths == ["reason"]


@pytest.mark.parametrize("name", ["bookings.steal", "bookings.BookSession", "account.__init__", "trainers."])
def test_unknown_command_is_refused(refusing_studio: Studio, name: str) -> None:
    refused = refusing_studio.refused("ada", name)

    assert (refused.code, refused.reason) == ("NOT_FOUND", "UNKNOWN_COMMAND")
    assert refused.details["commands"]


def test_refused_input_is_told_by_field_and_not_repeated(refusing_studio: Studio) -> None:
    secret = f"secret-{uuid4().hex}"

    refused = refusing_studio.refused(
        "tom",
        "trainers.add_service",
        **{field: secret for field in (*SERVICE, "command_id", "capacity", "other")},
    )

    assert set(refused.paths) == {
        "command_id",
        "duration_minutes",
        "price_minor",
        "currency",
        "capacity",
        "other",
    }
    assert secret not in f"{refused.message} {refused.details}"


def test_bad_input_leaves_its_command_id_free(world: World) -> None:
    command_id = str(uuid4())
    with pytest.raises(InvalidInput):
        world.run("ada", "account.register_client", command_id=command_id, **{**PERSON, "time_zone": "?"})

    world.call("ada", "account.register_client", command_id=command_id, **PERSON)
