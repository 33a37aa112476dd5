"""A worker as it is deployed: it tells admins of itself and exports, without anybody asking."""

from pathlib import Path

from tests.faults.workers import running_worker
from tests.integration.monitoring.otlp_receiver import attributes_of, running_receiver
from tests.integration.relay.rest import wait_until
from tests.world import World

# The first save, and the next batch in which the report is written.
PATIENCE_SECONDS = 60.0


def test_worker_tells_admins_of_itself_and_exports_all_when_it_ends(world: World, tmp_path: Path) -> None:
    world.drains = False
    with (
        running_receiver() as receiver,
        running_worker(world, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url) as worker,
    ):
        world.register_client("ada")
        wait_until(lambda: world.document("health/relay"), "the worker's report", PATIENCE_SECONDS)

        assert worker.process.stop(grace=20) == 0, worker.process.last_lines()

    report = world.document("health/relay")
    assert report is not None
    (shown,) = report["workers"]
    assert shown["name"].endswith(f":{worker.pid}")
    assert report["latency"]["clients"]["commit_to_written"]["count"] == 1
    points = receiver.metric("courtside.relay.latency").histogram.data_points
    assert "clients" in {attributes_of(point.attributes)["kind"] for point in points}
    assert {"relay.drain", "firestore.write"} <= {span.name for span in receiver.spans}
