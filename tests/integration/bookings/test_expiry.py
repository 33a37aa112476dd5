"""What the clock ends every minute: each trainer's apart, so that one who cannot be served holds up nobody."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from courtside.relay import jobs
from tests.integration.bookings.conversation import hold, soon
from tests.world import World, tomorrow_at

_POISON = """
    CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$;
    CREATE TRIGGER poisoned BEFORE UPDATE ON bookings FOR EACH ROW WHEN (OLD.client_id = 'ada')
        EXECUTE FUNCTION poison();
"""


@pytest.fixture
def poisoned(world: World) -> Iterator[World]:
    """Ada's bookings cannot be changed at all."""
    world.drains = False
    with psycopg.connect(world.backends.settings.database_url, autocommit=True) as connection:
        connection.execute(_POISON)
        try:
            yield world
        finally:
            connection.execute("DROP TRIGGER poisoned ON bookings; DROP FUNCTION poison()")


def test_one_trainers_poison_leaves_the_others_served(poisoned: World) -> None:
    over = soon() - timedelta(minutes=10)
    for trainer, client in (("eve", "ada"), ("tom", "bob")):
        poisoned.approve_trainer(trainer, horizon_days=1)
        poisoned.register_client(client)
        service = poisoned.add_service(trainer)
        # The longest overdue comes first.
        hold(poisoned, client, service, tomorrow_at(10), now=over)
        over += timedelta(minutes=1)

    with pytest.raises(ExceptionGroup) as failed:
        jobs.every_minute(poisoned.backends)

    assert "poisoned" in str(failed.value.exceptions[0])
    assert poisoned.rows("SELECT client_id, ended FROM bookings ORDER BY 1") == [
        ("ada", None),
        ("bob", "hold_expired"),
    ]
