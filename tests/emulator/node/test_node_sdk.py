"""The Firebase SDK in Node, unchanged, over gRPC."""

import json
import subprocess
from pathlib import Path

from tests.emulator.process import ROOT

CLIENT = Path(__file__).parent / "client.mjs"


def test_the_sdk_in_node_makes_its_calls(host: str, project: str) -> None:
    run = subprocess.run(
        ["node", str(CLIENT), project, host],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {"left": 5, "sum": 7}
