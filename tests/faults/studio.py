"""The studio of a fault run: small, so that most commands meet the documents of others."""

from dataclasses import dataclass
from typing import Any

from tests.soak.studio import POLICY, Ground
from tests.world import ADMIN, World

TRAINERS = 3
CLIENTS = 12
HORIZON_DAYS = 3
# Longer than any row takes: nobody runs the jobs by the clock that end holds.
_HOLD_MINUTES = 30
_OFFERS: tuple[dict[str, Any], ...] = (
    {"name": "Single"},
    {"name": "Group", "capacity": 4, "max_seats_per_booking": 2, "waitlist_close_minutes": 0},
    {"name": "Prepaid", "credit_price": 2, "waitlist_offer_minutes": 0, "waitlist_close_minutes": 0},
)


@dataclass(frozen=True)
class Studio:
    """Who is there, and what they fight over."""

    trainers: tuple[str, ...]
    ground: Ground


def open_studio(world: World) -> Studio:
    """Trainers who work all day, their services, and clients with credits; nothing of it drained yet."""
    world.drains = False
    world.make_admin()
    services: dict[str, tuple[str, int, bool]] = {}
    trainers = tuple(
        world.approve_trainer(f"trainer{index}", hours=("08:00", "20:00"), horizon_days=HORIZON_DAYS)
        for index in range(TRAINERS)
    )
    for trainer in trainers:
        for offer in _OFFERS:
            service = world.add_service(trainer, **offer, hold_minutes=_HOLD_MINUTES, policy=POLICY)
            services[service] = (trainer, offer.get("max_seats_per_booking", 1), "credit_price" in offer)
    clients = [world.register_client(f"client{index}") for index in range(CLIENTS)]
    for client in clients:
        world.call(ADMIN, "bookings.grant_credits", client_id=client, amount=40, reason="faults")
    return Studio(trainers, Ground(clients, services))
