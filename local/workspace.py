"""Where one suite keeps its data and its logs."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.environment import ROOT

_DEFAULT = ROOT / ".data"


@dataclass(frozen=True)
class Workspace:
    """`data` holds what the parts store, `notes` what a person may read."""

    data: Path
    notes: Path
    has_data: bool

    @classmethod
    def open(cls, kept: Path | None, scratch: Path) -> "Workspace":
        """Use the directory `kept` between starts; without one, data goes to `scratch`, notes to `.data`."""
        data = kept or scratch
        workspace = cls(data, kept or _DEFAULT, (data / "postgres" / "PG_VERSION").exists())
        workspace.logs.mkdir(parents=True, exist_ok=True)
        for log in workspace.logs.glob("*.log"):  # of the last start
            log.unlink()
        return workspace

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def firestore(self) -> Path:
        return self.data / "firestore"

    @property
    def auth(self) -> Path:
        return self.data / "auth"

    @property
    def mail_certificate(self) -> Path:
        return self.data / "mail-certificate.pem"

    @property
    def logs(self) -> Path:
        return self.notes / "logs"

    @property
    def environment_file(self) -> Path:
        """Variables with which other programs find the suite; `make seed` and `make watch` read it."""
        return self.notes / "suite.env"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def write_environment(self, environment: Mapping[str, str]) -> None:
        """Leave the variables for a shell's `source`."""
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(environment.items())]
        self.environment_file.write_text("".join(lines))
