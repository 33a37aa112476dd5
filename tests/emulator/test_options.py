"""The command line: our options, those that the Firebase CLI gives, and mistakes named by option."""

from pathlib import Path

import pytest

from emulator.options import parse_arguments
from emulator.triggers.hosts import Address, BodyEncoding

AS_THE_CLI_STARTS_IT = [
    "--host", "127.0.0.1", "--port", "8080", "--websocket_port", "9150", "--database-edition", "standard",
    "--project_id", "demo-x", "--seed_from_export", "/tmp/e", "--rules", "/tmp/firestore.rules",
    "--single_project_mode", "true", "--functions_emulator", "127.0.0.1:5001",
]  # fmt: skip


def test_options_of_the_official_emulator_are_understood() -> None:
    options = parse_arguments(AS_THE_CLI_STARTS_IT)

    assert (options.host, options.port, options.rules) == ("127.0.0.1", 8080, Path("/tmp/firestore.rules"))
    assert options.functions == Address("127.0.0.1", 5001, BodyEncoding.BASE64)
    assert (options.project_id, options.seed_from_export) == ("demo-x", Path("/tmp/e"))
    assert options.command == "serve"


def test_functions_framework_takes_bodies_as_they_are() -> None:
    assert parse_arguments(["--functions", "[::1]:8081"]).functions == Address(
        "[::1]", 8081, BodyEncoding.RAW
    )


@pytest.mark.parametrize("arguments", [["--single_project_mode"], ["--single_project_mode", "false"]])
def test_single_project_mode_takes_a_value_or_none(arguments: list[str]) -> None:
    assert parse_arguments(arguments).command == "serve"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--webchannel_port", "8081"], "--webchannel_port is not supported: WebChannel is served on --port"),
        (["--database-edition", "enterprise"], "argument --database-edition"),
        (["--functions", "5001"], "argument --functions: not host:port"),
        (["--functions_emulator", "localhost:http"], "argument --functions_emulator: not host:port"),
        (["--functions", "http://127.0.0.1:5001"], "argument --functions: not host:port"),
        (["--port", "many"], "argument --port"),
        (["--rule", "x"], "unrecognized arguments: --rule"),
        (["--unheard_of"], "unrecognized arguments: --unheard_of"),
    ],
)
def test_mistake_is_named_by_its_option(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(arguments)

    assert ended.value.code == 2
    assert named in capsys.readouterr().err


def test_help_describes_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--help"])

    text = capsys.readouterr().out
    for option in ("--port", "--data", "--indexes", "--rules", "--functions", "--functions_emulator"):
        assert f"  {option}" in text
