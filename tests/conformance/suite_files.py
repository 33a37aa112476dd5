"""Fetches google-cloud-firestore's own system suite, and what it imports, into a cache outside of git."""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.results import CannotRun, SuiteName

PACKAGE = "google-cloud-firestore"
VERSION = "2.34.1"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
MODULES: dict[SuiteName, str] = {"sync": "test_system.py", "async": "test_system_async.py"}
PIP_TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class SuiteFiles:
    """Where the suite's test modules lie, and the directory with the packages that only the suite needs."""

    tests: Path
    packages: Path

    def module(self, suite: SuiteName) -> Path:
        return self.tests / MODULES[suite]


def fetch_suite(cache: Path) -> SuiteFiles:
    """Return the cached suite, downloading what is missing; CannotRun when pip fails or versions differ."""
    installed = importlib.metadata.version(PACKAGE)
    if installed != VERSION:
        raise CannotRun(
            f"the suite of {PACKAGE} {VERSION} cannot judge with the installed client {installed}"
        )
    requirements = REQUIREMENTS.read_bytes() + sys.version.encode()
    packages = cache / f"packages-{hashlib.sha256(requirements).hexdigest()[:12]}"
    tests = cache / f"{PACKAGE}-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    _fill_once(tests, _download_tests)
    _fill_once(packages, _install_packages)
    return SuiteFiles(tests, packages)


def _fill_once(directory: Path, fill: Callable[[Path], None]) -> None:
    """Fill a directory beside its final place and rename it, so that one that exists is complete."""
    if directory.exists():
        return
    staging = Path(tempfile.mkdtemp(prefix=f"{directory.name}.", dir=directory.parent))
    try:
        fill(staging)
        staging.rename(directory)
    except OSError:
        # Somebody else's run may have been first; theirs is as good.
        if not directory.exists():
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _download_tests(directory: Path) -> None:
    """Download the source distribution, the only artefact that has the tests, and unpack those."""
    print(f"fetching the system suite of {PACKAGE} {VERSION} …", flush=True)
    with tempfile.TemporaryDirectory() as downloads:
        arguments = ["download", "--no-deps", "--no-binary", PACKAGE, "--dest", downloads]
        _pip([*arguments, f"{PACKAGE}=={VERSION}"])
        archives = list(Path(downloads).glob("*.tar.gz"))
        if len(archives) != 1:
            raise CannotRun(f"pip download left {len(archives)} source distributions instead of one")
        with tarfile.open(archives[0]) as archive:
            _unpack_system_tests(archive, directory)


def _unpack_system_tests(archive: tarfile.TarFile, directory: Path) -> None:
    members = [
        member.replace(name=Path(member.name).name)
        for member in archive.getmembers()
        if member.isfile() and Path(member.name).match("*/tests/system/*.py")
    ]
    archive.extractall(directory, members, filter="data")
    missing = [name for name in MODULES.values() if not (directory / name).exists()]
    if missing:
        raise CannotRun(f"the source distribution of {PACKAGE} {VERSION} lacks {', '.join(missing)}")


def _install_packages(directory: Path) -> None:
    print("installing what the suite imports …", flush=True)
    _pip(["install", "--no-deps", "--target", str(directory), "--requirement", str(REQUIREMENTS)])


def _pip(arguments: Sequence[str]) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--quiet"]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True, timeout=PIP_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise CannotRun(f"pip {arguments[0]} took more than {PIP_TIMEOUT_SECONDS} s") from error
    except subprocess.CalledProcessError as error:
        raise CannotRun(f"pip {arguments[0]} failed:\n{error.stderr.strip()}") from error
