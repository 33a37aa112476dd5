"""A small studio: Tom offers a strict and a shared service, Ada and Bob are clients."""

from dataclasses import dataclass

import pytest

from tests.world import World


@dataclass
class Studio:
    """The world, and Tom's services by their ids."""

    world: World
    strict: str
    group: str


@pytest.fixture
def studio(world: World) -> Studio:
    """Cancelling costs half from two days before the start on, and clients cannot at all in the last twelve hours."""
    world.approve_trainer("tom", horizon_days=10)
    for client in ("ada", "bob"):
        world.register_client(client, display_name=client.title())
    strict = world.add_service(
        price_minor=5_000,
        credit_price=2,
        policy={
            "cancel": [{"within_minutes": 2_880, "fee_percent": 50, "refund_credits": False}],
            "cancel_closes_minutes": 720,
        },
    )
    return Studio(world, strict, world.add_service(capacity=2, max_seats_per_booking=2))
