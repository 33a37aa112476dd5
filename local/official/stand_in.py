"""A stand-in for Java: the Firebase CLI believes that it starts Google's Firestore emulator, and starts ours."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from local.environment import ROOT
from local.errors import SetupMissing

_VERSION = 'openjdk version "21" (stands in for Java to start the Firestore emulator)'
_SCRIPT = """\
#!/bin/sh
# Answers -version, and for -jar FILE runs the Firestore emulator with the options that follow.
while [ $# -gt 0 ]; do
  case $1 in
    -version) echo {version} >&2; exit 0 ;;
    -jar) break ;;
    *) shift ;;
  esac
done
if [ "$2" != {jar} ]; then
  echo "This java runs the Firestore emulator only, not: $2" >&2
  exit 1
fi
shift 2
# The CLI names files relative to where it runs, so the emulator runs there too.
export PYTHONPATH={root}
# Of the indexes it is told nothing: Google's emulator does not look at them.
[ -f firestore.indexes.json ] && set -- "$@" --index-file firestore.indexes.json
if command -v setpriv >/dev/null; then
  exec setpriv --pdeathsig TERM {python} -P -m emulator "$@"
fi
exec {python} -P -m emulator "$@"
"""


def write_stand_in(directory: Path, path: str) -> dict[str, str]:
    """Put a `java` into `directory`; the variables, given the PATH so far, with which the CLI finds it."""
    directory.mkdir()
    jar = directory / "firestore-emulator"
    jar.write_text("The Firebase CLI wants a file here, makes it executable, and gives its name to java.\n")
    java = directory / "java"
    java.write_text(java_script(jar, python=Path(sys.executable), root=ROOT))
    java.chmod(0o755)
    return {"PATH": f"{directory}:{path}", "FIRESTORE_EMULATOR_BINARY_PATH": str(jar)}


def java_script(jar: Path, *, python: Path, root: Path) -> str:
    """The stand-in: `python -m emulator` of the code below `root` where the CLI asks for `jar`."""
    words = {"version": _VERSION, "jar": str(jar), "root": str(root), "python": str(python)}
    return _SCRIPT.format(**{name: shlex.quote(word) for name, word in words.items()})


def require_official(home: Path, environment: Mapping[str, str]) -> Path:
    """Google's emulator where the Firebase CLI keeps it; SetupMissing says how to get it."""
    cache = environment.get("FIREBASE_EMULATORS_PATH") or home / ".cache" / "firebase" / "emulators"
    found = sorted(Path(cache).glob("cloud-firestore-emulator-v*.jar"))
    if not found:
        raise SetupMissing(
            f"Google's Firestore emulator is not in {cache}: install it with "
            "`npx firebase setup:emulators:firestore`, or leave FIRESTORE unset to use ours."
        )
    return found[-1]
