"""The command line of the local suite."""

import json
from dataclasses import astuple
from pathlib import Path

import pytest

from local.environment import ROOT
from local.options import DEFAULT_PORTS, parse_options


def test_default_ports_are_those_of_the_firebase_configuration() -> None:
    emulators = json.loads((ROOT / "firebase.json").read_text())["emulators"]

    ports = parse_options([]).ports

    assert ports.auth == emulators["auth"]["port"]
    assert ports.functions == emulators["functions"]["port"]
    assert ports.firestore == emulators["firestore"]["port"]


def test_default_project_is_that_of_the_firebase_configuration() -> None:
    projects = json.loads((ROOT / ".firebaserc").read_text())["projects"]

    assert parse_options([]).project == projects["default"]


def test_ports_of_zero_become_free_ones_that_differ() -> None:
    ports = parse_options([f"--port-{part}=0" for part in DEFAULT_PORTS]).ports

    assert len(set(astuple(ports)) - {0}) == len(DEFAULT_PORTS)


def test_data_directory_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert parse_options(["--data", "kept"]).data == tmp_path / "kept"


def test_nothing_is_kept_and_the_demo_studio_is_seeded_unless_asked() -> None:
    assert parse_options([]).data is None
    assert parse_options([]).seed_size == "demo"
    assert parse_options(["--seed-size", "small"]).seed_size == "small"
    assert parse_options(["--no-seed"]).seed_size is None


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--project", "courtside"], "must begin with demo-"),
        (["--port-auth", "70000"], "70000 is not a port"),
        (["--port-auth", "http"], "--port-auth"),
        (["--seed-size", "huge"], "--seed-size"),
        (["--seed-size", "small", "--no-seed"], "not allowed with"),
    ],
)
def test_mistake_is_named(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)

    assert complaint in capsys.readouterr().err
