"""Pure parts of the official suite: the stand-in for Java, the project it runs in, its options."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from local.environment import FUNCTIONS, ROOT
from local.errors import SetupMissing
from local.official.options import parse_options
from local.official.project import lay_out, with_ports, with_runtime
from local.official.stand_in import java_script, require_official, write_stand_in


class Java:
    """A stand-in whose emulator prints its arguments."""

    def __init__(self, directory: Path) -> None:
        self.jar = directory / "it's a jar"
        python = directory / "python"
        python.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$PYTHONPATH" "$@"\n')
        python.chmod(0o755)
        self.directory = directory
        self._script = directory / "java"
        self._script.write_text(java_script(self.jar, python=python, root=ROOT))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(self._script), *arguments]
        return subprocess.run(
            command, cwd=self.directory, capture_output=True, text=True, timeout=10, check=False
        )


@pytest.fixture
def java(tmp_path: Path) -> Java:
    return Java(tmp_path)


def test_version_is_one_that_the_cli_accepts(java: Java) -> None:
    answer = java.run("-Duser.language=en", "-Dfile.encoding=UTF-8", "-version")

    assert answer.returncode == 0
    assert 'version "21"' in answer.stderr


def test_jar_is_our_emulator_with_the_options_that_follow(java: Java) -> None:
    answer = java.run("-Dx=y", "-jar", str(java.jar), "--host", "127.0.0.1", "--rules", "a file")

    assert answer.stdout.splitlines() == [
        str(java.directory), str(ROOT), "-P", "-m", "emulator", "--host", "127.0.0.1", "--rules", "a file",
    ]  # fmt: skip


def test_indexes_of_the_project_are_handed_on(java: Java) -> None:
    (java.directory / "firestore.indexes.json").write_text("{}")

    answer = java.run("-jar", str(java.jar), "--port", "1")

    assert answer.stdout.splitlines()[-4:] == ["--port", "1", "--index-file", "firestore.indexes.json"]


@pytest.mark.parametrize("arguments", [("-jar", "/opt/pubsub.jar"), ("-jar",), ("Main",), ()])
def test_anything_else_is_refused(java: Java, arguments: tuple[str, ...]) -> None:
    answer = java.run(*arguments)

    assert answer.returncode == 1
    assert "Firestore emulator only" in answer.stderr


def test_stand_in_comes_first_on_the_path(tmp_path: Path) -> None:
    variables = write_stand_in(tmp_path / "bin", "/usr/bin")

    assert variables["PATH"] == f"{tmp_path / 'bin'}:/usr/bin"
    assert Path(variables["FIRESTORE_EMULATOR_BINARY_PATH"]).exists()


def test_official_emulator_that_is_not_installed_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(SetupMissing, match="setup:emulators:firestore"):
        require_official(tmp_path, {})


def test_official_emulator_is_found_where_the_cli_keeps_it(tmp_path: Path) -> None:
    jar = tmp_path / "cloud-firestore-emulator-v1.19.8.jar"
    jar.touch()

    assert require_official(Path("/nowhere"), {"FIREBASE_EMULATORS_PATH": str(tmp_path)}) == jar


def test_project_is_the_repository_on_other_ports(tmp_path: Path) -> None:
    project = tmp_path / "project"
    lay_out(project, {"firestore": 1, "functions": 2, "auth": 3})
    configuration = json.loads((project / "firebase.json").read_text())

    assert {name: configuration["emulators"][name]["port"] for name in ("firestore", "functions", "auth")} == {
        "firestore": 1, "functions": 2, "auth": 3,
    }  # fmt: skip
    assert (project / "firestore.rules").resolve() == ROOT / "firestore.rules"
    assert (project / "functions" / "main.py").resolve() == FUNCTIONS / "main.py"


def test_functions_of_the_project_have_their_virtual_environment(tmp_path: Path) -> None:
    lay_out(tmp_path / "project", {})
    activate = tmp_path / "project" / "functions" / "venv" / "bin" / "activate"
    check = 'python -c "import firebase_functions, functions_framework"'
    command = f". {shlex.quote(str(activate))} && {check}"

    subprocess.run(["sh", "-c", command], check=True, timeout=60)
    assert not (FUNCTIONS / "venv").exists()


def test_ports_leave_the_rest_of_the_configuration_alone() -> None:
    configuration = {
        "emulators": {"auth": {"host": "h", "port": 1}, "ui": {"enabled": False}},
        "functions": [],
    }

    assert with_ports(configuration, {"auth": 9}) == {
        "emulators": {"auth": {"host": "h", "port": 9}, "ui": {"enabled": False}},
        "functions": [],
    }


def test_functions_run_on_the_python_that_is_there() -> None:
    configuration = {"functions": [{"source": "functions", "runtime": "python311"}]}

    assert with_runtime(configuration, 12)["functions"] == [{"source": "functions", "runtime": "python312"}]


@pytest.mark.parametrize(
    ("environment", "official"), [({}, False), ({"FIRESTORE": ""}, False), ({"FIRESTORE": "official"}, True)]
)
def test_environment_chooses_the_emulator(environment: dict[str, str], official: bool) -> None:
    assert parse_options([], environment).official is official


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        ([], {"FIRESTORE": "java"}, "FIRESTORE"),
        (["--project", "courtside"], {}, "demo-"),
        (["--port-ui", "1"], {}, "--port-ui"),
    ],
)
def test_mistake_is_named(
    arguments: list[str], environment: dict[str, str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments, environment)

    assert named in capsys.readouterr().err
