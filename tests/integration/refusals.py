"""A studio in which to ask for what cannot be, and the check that asking changed nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from courtside.errors import Refusal
from tests.world import World, facts, tomorrow_at


@dataclass(frozen=True)
class Refused:
    """What the caller is told."""

    code: str
    reason: str
    message: str
    details: dict[str, Any]

    @property
    def paths(self) -> list[str]:
        """The fields at fault."""
        return [fault["path"] for fault in self.details["fields"]]


@dataclass
class Studio:
    """Tom works from 09:00 to 17:00 UTC in steps of 30 minutes, at two hours' notice and four weeks ahead.

    Ada has booked tomorrow at 10:00, Bob is a client, Eve another trainer, Amy an applicant, Blair is blocked.
    """

    world: World
    service: str
    group: str
    applicants_service: str
    booking: str
    # Its own, however long the tests take: tomorrow of the day on which it was made.
    tomorrow: datetime = field(default_factory=lambda: tomorrow_at(0))
    # Of every table, as they were before the first refusal and are after each.
    _rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    @cached_property
    def hold(self) -> str:
        """Ada's hold of an hour, five days ahead."""
        return self._claim("bookings.hold_slot", self.asked, 10)

    @cached_property
    def request(self) -> str:
        """What Ada asked for and Tom has not answered, five days ahead."""
        return self._claim("bookings.book_session", self.asked, 12)

    @cached_property
    def class_(self) -> str:
        """Tom's open class, five days ahead."""
        content = {"service_id": self.group, "starts_at": self.at(14, days=5).isoformat()}
        self._rows = {}
        session_id: str = self.world.call("tom", "bookings.create_session", **content)["session_id"]
        return session_id

    @cached_property
    def series(self) -> str:
        """The first booking of Ada's series at 13:00, on three days from the sixth ahead."""
        content = {"service_id": self.service, "starts_at": self.at(13, days=6).isoformat()}
        self._rows = {}
        series = self.world.call(
            "ada", "bookings.book_series", repeat={"every": "day", "count": 3}, **content
        )
        booking_id: str = series["dates"][0]["booking_id"]
        return booking_id

    @cached_property
    def asked(self) -> str:
        """A service for which Tom wants to be asked."""
        return self.world.add_service("tom", requires_confirmation=True, hold_minutes=60)

    def _claim(self, command: str, service: str, hour: int) -> str:
        content = {"service_id": service, "starts_at": self.at(hour, days=5).isoformat()}
        self._rows = {}
        booking_id: str = self.world.call("ada", command, **content)["booking_id"]
        return booking_id

    @classmethod
    def of(cls, world: World) -> "Studio":
        world.drains = False
        world.approve_trainer(
            "tom", hours=("09:00", "17:00"), slot_step_minutes=30, min_notice_minutes=120, horizon_days=28
        )
        world.approve_trainer("eve", display_name="Eve", horizon_days=1)
        world.call("amy", "trainers.apply", display_name="Amy", time_zone="UTC")
        for client in ("ada", "bob", "blair"):
            world.register_client(client)
        world.rows("UPDATE users SET blocked_at = now() WHERE id = 'blair' RETURNING id")
        service = world.add_service("tom", name="Boxing", buffer_after_minutes=15)
        return cls(
            world=world,
            service=service,
            group=world.add_service("tom", name="Yoga", capacity=2),
            applicants_service=world.add_service("amy", name="Tennis"),
            booking=world.book("ada", service, tomorrow_at(10))["booking_id"],
        )

    def at(self, hour: int, minute: int = 0, *, days: int = 1) -> datetime:
        """A time tomorrow, or so many days ahead."""
        return self.tomorrow + timedelta(days=days - 1, hours=hour, minutes=minute)

    def refused(self, uid: str, name: str, /, **content: Any) -> Refused:
        """The refusal of a command, once it is certain that it changed nothing."""
        before = self._rows or dict(facts(self.world))
        try:
            error = self.world.run(uid, name, **content).error
        except Refusal as refusal:
            found = Refused(refusal.code.value, refusal.reason, refusal.message, refusal.details)
        else:
            assert error is not None, f"{name} was not refused"
            details = dict(error["details"])
            found = Refused(error["status"], details.pop("reason"), error["message"], details)
        self._rows = dict(facts(self.world))
        assert self._rows == before
        return found
