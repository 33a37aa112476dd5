"""What a person sees of the seed: its options, its summary, and what it says when no suite is running."""

import pytest

from local.ports import free_ports
from seed.__main__ import main
from seed.options import parse_options
from seed.people import ADMIN
from seed.progress import summarize
from seed.run import Fate, Tally
from seed.steps import Step
from seed.studio import SIZES, build_studio

STUDIO = build_studio(SIZES["small"])


def tally_of(**counts: int) -> Tally:
    """`done=3`: three bookings that were done."""
    tally = Tally()
    for fate, count in counts.items():
        for _ in range(count):
            tally.add(Step("book", ADMIN, "bookings.book_session", {}), Fate[fate.upper()])
    return tally


def test_places_come_from_the_running_suite() -> None:
    environment = {
        "GCLOUD_PROJECT": "demo-other",
        "FUNCTIONS_URL": "http://127.0.0.1:1/demo-other/us-central1",
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:2",
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:3",
        "DATABASE_URL": "postgresql://127.0.0.1:4/other",
    }

    options = parse_options(["--size", "small"], environment)

    assert vars(options) == {
        "size": "small",
        "project": "demo-other",
        "functions_url": "http://127.0.0.1:1/demo-other/us-central1",
        "auth_emulator": "127.0.0.1:2",
        "firestore_emulator": "127.0.0.1:3",
        "database_url": "postgresql://127.0.0.1:4/other",
    }


def test_an_option_wins_over_the_environment() -> None:
    options = parse_options(
        ["--auth-emulator", "127.0.0.1:5"], {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:2"}
    )

    assert options.auth_emulator == "127.0.0.1:5"


def test_without_a_suite_places_are_those_of_its_default_ports() -> None:
    options = parse_options([], {})

    assert options.size == "demo"
    assert options.functions_url == "http://127.0.0.1:5001/demo-courtside/us-central1"
    assert options.auth_emulator == "127.0.0.1:9099"


def test_an_unknown_size_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--size", "huge"], {})

    assert "small" in capsys.readouterr().err


def test_a_first_run_is_summed_up_in_two_sentences() -> None:
    assert summarize(STUDIO, tally_of(done=1200), 9.87) == [
        "The studio has 3 trainers, 10 clients and 1,200 bookings, of which 0 were moved and 0 cancelled.",
        "1,200 commands ran in 9.9 s.",
    ]


def test_a_second_run_says_what_was_there() -> None:
    lines = summarize(STUDIO, tally_of(found=40, left_out=2), 1)

    assert "40 bookings" in lines[0]
    assert lines[1] == "0 commands ran in 1.0 s; 40 had run before."
    assert lines[2].startswith("2 were left out")


def test_without_a_suite_it_says_how_to_start_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_ports(1)[0]
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")

    status = main(["--size", "small", "--auth-emulator", f"127.0.0.1:{port}"])

    said = capsys.readouterr().out
    assert status == 1
    assert f"The Auth emulator does not answer at 127.0.0.1:{port}" in said
    assert "make dev" in said
