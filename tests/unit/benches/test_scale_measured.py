"""The simulation's constants are those that the backend runs with."""

from benches.scale import measured
from benches.scale.measured import COSTS, Command
from courtside.config import Settings
from courtside.relay.worker import next_poll_seconds

DEFAULTS = Settings(project="demo", database_url="postgresql://nowhere")


def test_documents_are_paced_as_configured() -> None:
    assert DEFAULTS.document_burst == measured.BURST
    assert DEFAULTS.document_pause_seconds == measured.PAUSE_SECONDS


def test_a_worker_with_something_to_do_polls_as_often_as_assumed() -> None:
    assert next_poll_seconds(0.5, found_work=True) == measured.POLL_SECONDS


def test_an_instance_holds_the_connections_of_its_pool() -> None:
    assert DEFAULTS.pool_max_connections == measured.CONNECTIONS_PER_INSTANCE


def test_every_command_has_its_cost() -> None:
    assert set(COSTS) == set(Command)
