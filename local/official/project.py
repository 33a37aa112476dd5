"""The directory in which the Firebase CLI works: the repository's project, with ports and a virtual environment."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.environment import FUNCTIONS, ROOT

_LINKED = ("firestore.rules", "firestore.indexes.json", ".firebaserc")


def lay_out(directory: Path, ports: Mapping[str, int]) -> None:
    """Make a project of links to the repository's files, so that the CLI leaves its own files out of it.

    The functions directory has, beside what is deployed, the `venv` in which the functions emulator runs Python.
    """
    directory.mkdir()
    configuration = with_runtime(with_ports(_configuration(), ports), sys.version_info.minor)
    (directory / "firebase.json").write_text(json.dumps(configuration, indent=2))
    for name in _LINKED:
        (directory / name).symlink_to(ROOT / name)
    functions = directory / "functions"
    functions.mkdir()
    for entry in FUNCTIONS.iterdir():
        if entry.name not in ("venv", "__pycache__"):
            (functions / entry.name).symlink_to(entry)
    (functions / "venv").symlink_to(Path(sys.prefix))


def _configuration() -> dict[str, Any]:
    configuration: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text())
    return configuration


def with_ports(configuration: Mapping[str, Any], ports: Mapping[str, int]) -> dict[str, Any]:
    """A firebase.json whose emulators listen on these ports; other parts of the suite are not its business."""
    emulators = configuration["emulators"]
    moved = {name: {**emulators[name], "port": port} for name, port in ports.items() if name in emulators}
    return {**configuration, "emulators": {**emulators, **moved}}


def with_runtime(configuration: Mapping[str, Any], minor: int) -> dict[str, Any]:
    """A firebase.json whose functions run on Python 3.`minor`, since that is what the virtual environment has."""
    sources = [{**source, "runtime": f"python3{minor}"} for source in configuration["functions"]]
    return {**configuration, "functions": sources}
