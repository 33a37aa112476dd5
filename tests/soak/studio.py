"""The studio of a soak: few trainers, few days, many clients, so that almost every attempt meets another."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.world import ADMIN, World, tomorrow_at

TRAINERS = 4
CLIENTS = 60
DAYS = 2
HOURS = range(9, 17)
POLICY = {
    "cancel": [{"within_minutes": 4320, "fee_percent": 10, "refund_credits": False}],
    "grace_per_month": 2,
}


@dataclass(frozen=True)
class Ground:
    """What bookers fight over."""

    clients: list[str]
    # Service id → its trainer, the most seats of a booking, and whether credits pay for it.
    services: dict[str, tuple[str, int, bool]]

    def starts(self) -> list[datetime]:
        """Every start that bookers try; half of them overlap their neighbours."""
        first = tomorrow_at(0)
        return [
            first + timedelta(days=day, hours=hour, minutes=minute)
            for day in range(DAYS)
            for hour in HOURS
            for minute in (0, 30)
        ]


# A service for each way of booking; seats, confirmation, waitlist, credits.
_OFFERS: tuple[dict[str, Any], ...] = (
    {"name": "Single"},
    {"name": "Group", "capacity": 4, "max_seats_per_booking": 3, "waitlist_close_minutes": 0},
    {"name": "Asked", "requires_confirmation": True},
    {"name": "Prepaid", "credit_price": 2, "waitlist_offer_minutes": 0, "waitlist_close_minutes": 0},
)


def open_studio(world: World) -> Ground:
    """Trainers who work all week, their services, and clients; set up without draining."""
    world.drains = False
    world.make_admin()
    services: dict[str, tuple[str, int, bool]] = {}
    for index in range(TRAINERS):
        trainer = world.approve_trainer(f"trainer{index}", hours=("09:00", "18:00"), horizon_days=DAYS + 1)
        for offer in _OFFERS:
            service = world.add_service(trainer, **offer, hold_minutes=1, policy=POLICY)
            services[service] = (trainer, offer.get("max_seats_per_booking", 1), "credit_price" in offer)
    clients = [world.register_client(f"client{index}") for index in range(CLIENTS)]
    for client in clients:
        world.call(ADMIN, "bookings.grant_credits", client_id=client, amount=40, reason="soak")
    return Ground(clients, services)
