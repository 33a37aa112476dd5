"""What the benches make of the messages of a Listen stream, and of the times that listeners noted."""

import sys
from pathlib import Path

import pytest

from benches.report import Latency
from benches.stream_process import listen_request, snapshots_of
from benches.streams import Streams, listening
from emulator.wire import ListenResponse

ROOT = "projects/demo/databases/(default)/documents"
READ_TIME: dict[str, object] = {"target_change": {"read_time": {"seconds": 1}}}


def changed(path: str, version: int) -> dict[str, object]:
    fields = {"version": {"integer_value": version}}
    return {"document_change": {"document": {"name": f"{ROOT}/{path}", "fields": fields}}}


def messages(*timed: tuple[int, dict[str, object]]) -> list[tuple[int, bytes]]:
    return [(at, ListenResponse(**message).SerializeToString()) for at, message in timed]


def test_versions_count_from_the_message_that_completes_their_snapshot() -> None:
    stream = messages((10, changed("days/a", 3)), (11, changed("days/b", 1)), (12, READ_TIME))

    assert snapshots_of(stream) == [("days/a", 3, 12), ("days/b", 1, 12)]


def test_versions_of_an_incomplete_snapshot_are_not_shown() -> None:
    stream = messages((10, changed("days/a", 3)), (12, {"target_change": {"target_ids": [1]}}))

    assert snapshots_of(stream) == []


def test_a_path_of_even_length_is_a_document() -> None:
    request = listen_request("demo", "trainers/tom")

    assert list(request.add_target.documents.documents) == [f"{ROOT}/trainers/tom"]


def test_a_path_of_odd_length_is_a_collection() -> None:
    target = listen_request("demo", "trainers/tom/days").add_target.query

    assert target.parent == f"{ROOT}/trainers/tom"
    assert [selector.collection_id for selector in target.structured_query.from_] == ["days"]


def test_a_star_and_a_name_are_all_collections_of_that_name() -> None:
    target = listen_request("demo", "*/inbox").add_target.query

    assert target.parent == ROOT
    assert [(each.collection_id, each.all_descendants) for each in target.structured_query.from_] == [
        ("inbox", True)
    ]


def test_latency_is_counted_for_every_listener_and_only_for_what_was_committed() -> None:
    streams = Streams([{("a", 1): 3_000_000, ("b", 1): 9_000_000}, {("a", 1): 5_000_000}])

    assert streams.milliseconds_since({("a", 1): 1_000_000}) == [2.0, 4.0]


def listener_that_saw(tmp_path: Path, *triples: tuple[str, int, int]) -> list[str]:
    """A program that is as many listeners as it is told, all of which saw this."""
    program = tmp_path / "listener.py"
    program.write_text(
        "import json, sys\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
        f"print(json.dumps([{list(triples)!r}] * int(sys.argv[-1])))\n"
    )
    return [sys.executable, str(program)]


def test_of_a_version_that_was_shown_twice_the_first_time_counts(tmp_path: Path) -> None:
    with listening(listener_that_saw(tmp_path, ("a", 1, 10), ("a", 1, 20)), 1) as streams:
        pass

    assert streams.seen == [{("a", 1): 10}]


def test_listeners_of_every_process_are_counted(tmp_path: Path) -> None:
    with listening(listener_that_saw(tmp_path), 51) as streams:
        pass

    assert len(streams.seen) == 51


def test_a_listener_that_does_not_start_is_an_error(tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text("")

    with (
        pytest.raises(RuntimeError, match="did not start"),
        listening([sys.executable, str(program)], 1),
    ):
        raise AssertionError("not reached")


def test_the_median_of_runs_is_taken_of_each_percentile() -> None:
    runs = [Latency(10, 1, 9, 20), Latency(10, 3, 7, 90), Latency(10, 2, 8, 30)]

    assert Latency.median_of(runs) == Latency(30, 2, 8, 30)
