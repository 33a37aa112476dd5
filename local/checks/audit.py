"""Asks for known vulnerabilities of what is installed: `python -m local.checks.audit`.

pip-audit calls a package that its service does not know "skipped" and still says that all is well; here it is
said how much was looked at, and whether the service could be reached at all.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import Any

from local.environment import ROOT

LOCK = ROOT / "requirements" / "dev.lock"
CLEAN = ROOT / ".cache" / "stamps"
# Known to every index: whoever does not know this one knows nothing.
_PROBE = "pip==25.0\n"
_DAY_SECONDS = 86_400
_ASK_SECONDS = 90


@dataclass(frozen=True)
class Audit:
    """How many packages were looked at, which could not be, and what is known of the others."""

    asked: int
    skipped: tuple[str, ...]
    vulnerabilities: tuple[str, ...]

    @property
    def reached(self) -> bool:
        return len(self.skipped) < self.asked


def main() -> int:
    """Look at most once a day for each lock file; 1 if a vulnerability is known, and 0 also where nobody could look."""
    stamp = CLEAN / f"audit-{sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    if stamp.exists() and time() - stamp.stat().st_mtime < _DAY_SECONDS:
        print("audit: clean within the last day")
        return 0
    probe = ask(_PROBE)
    found = ask(LOCK.read_text()) if probe.reached else probe
    print(sentence(found))
    for vulnerability in found.vulnerabilities:
        print(f"  {vulnerability}")
    if found.reached and not found.vulnerabilities:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    return 1 if found.vulnerabilities else 0


def sentence(found: Audit) -> str:
    """What came of it, in one line."""
    if not found.reached:
        return "audit: NOT DONE, the vulnerability service cannot be reached from here"
    said = f"audit: {found.asked - len(found.skipped)} of {found.asked} packages looked at"
    said += f", {len(found.vulnerabilities)} vulnerabilities"
    return f"{said}; unknown to the service: {', '.join(found.skipped)}" if found.skipped else said


def ask(requirements: str) -> Audit:
    """What pip-audit says of pinned requirements; where it ends without an answer, nothing was looked at."""
    with TemporaryDirectory() as scratch:
        listed = Path(scratch) / "requirements.txt"
        listed.write_text(requirements)
        command = [sys.executable, "-m", "pip_audit", "-r", str(listed), "--no-deps", "--disable-pip"]
        command += ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
            return read(json.loads(run.stdout)["dependencies"])
        except (subprocess.TimeoutExpired, ValueError, KeyError):
            return Audit(0, (), ())


def read(dependencies: Sequence[Mapping[str, Any]]) -> Audit:
    """The answer of pip-audit, sorted out."""
    return Audit(
        asked=len(dependencies),
        skipped=tuple(each["name"] for each in dependencies if "skip_reason" in each),
        vulnerabilities=tuple(
            f"{each['name']} {each['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'none'}"
            for each in dependencies
            for known in each.get("vulns", ())
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
