"""A file of security rules: read at the start, read again when it changes."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from emulator.permissions.rulebook import BadRulesFile, Rulebook
from emulator.rules.issues import Issue, RulesRefused
from emulator.rules.ruleset import Ruleset, compile_rules

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.3
_Stamp = tuple[int, int, int]


def read_rules_file(path: Path) -> Ruleset:
    """The rules of a file; BadRulesFile says what is wrong. Warnings are logged."""
    try:
        ruleset = compile_rules(path.read_text())
    except OSError as error:
        raise BadRulesFile(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadRulesFile(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    except RulesRefused as refusal:
        raise BadRulesFile("\n".join(_located(path, refusal.issues))) from None
    for line in _located(path, ruleset.issues):
        _LOG.warning(line)
    return ruleset


def _located(path: Path, issues: Iterable[Issue]) -> list[str]:
    return [
        f"{path}:{issue.line}:{issue.column} {issue.severity.lower()}: {issue.description}"
        for issue in issues
    ]


async def follow_rules_file(path: Path, rulebook: Rulebook) -> None:
    """Put the rules of a file in force whenever it changes; while it is broken the last good ones stay."""
    known = _stamp(path)
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        found = _stamp(path)
        if found in (None, known):
            continue
        known = found
        try:
            rulebook.replace_default(read_rules_file(path))
        except BadRulesFile as error:
            _LOG.error("the rules before this change stay in force:\n%s", error)
        else:
            _LOG.info("rules of %s are in force", path)


def _stamp(path: Path) -> _Stamp | None:
    """What tells one content of a file from another; None while there is no file, as editors may leave it."""
    with suppress(OSError):
        stat = path.stat()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino
    return None
