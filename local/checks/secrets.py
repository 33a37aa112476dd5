"""Looks for secrets in the tree: `python -m local.checks.secrets`.

What detect-secrets finds must be in `known_secrets.txt`, with the reason for which it is none. Files that have not
changed since the last clean look are not looked at again.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from detect_secrets.core import scan
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.settings import transient_settings

from local.environment import ROOT

KNOWN = Path(__file__).with_name("known_secrets.txt")
CLEAN = ROOT / ".cache" / "stamps" / "secrets"
# Made by tools, full of checksums.
_SKIPPED = (".lock", "-lock.json")
# What keys, tokens and passwords look like; without guesses by entropy, which ids and hashes of tests set off.
_DETECTORS = (
    "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "GitHubTokenDetector", "GitLabTokenDetector",
    "JwtTokenDetector", "KeywordDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector", "PrivateKeyDetector",
    "PypiTokenDetector", "SendGridDetector", "SlackDetector", "SquareOAuthDetector", "StripeDetector",
    "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip


def main() -> int:
    """Look at what changed since the last clean look; 0 if nothing is there that should not be."""
    started = time.time()
    known, look_again = known_secrets(), KNOWN.stat().st_mtime
    since = CLEAN.stat().st_mtime if CLEAN.exists() and CLEAN.stat().st_mtime > look_again else 0.0
    paths = [path for path in tracked() if (ROOT / path).stat().st_mtime > since]
    found = [secret for secret in secrets_in(paths) if (secret.filename, secret.secret_hash) not in known]
    for secret in found:
        print(
            f"{secret.filename}:{secret.line_number}: {secret.type}; "
            f"if it is none, add to {KNOWN.name}: {secret.filename} {secret.secret_hash} and why"
        )
    if not found:
        CLEAN.parent.mkdir(parents=True, exist_ok=True)
        CLEAN.touch()
        # Whatever is changed while this looks is looked at again.
        os.utime(CLEAN, (started, started))
    print(f"secrets: {len(found)} in {len(paths)} changed files")
    return 1 if found else 0


def tracked() -> list[str]:
    """Files that are, or would be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [path for path in listed.split("\0") if path and not path.endswith(_SKIPPED)]
    return [path for path in paths if (ROOT / path).is_file()]


def secrets_in(paths: Iterable[str]) -> Iterator[PotentialSecret]:
    """What looks like a secret; paths are relative to the repository."""
    with transient_settings({"plugins_used": [{"name": name} for name in _DETECTORS]}):
        for path in paths:
            for secret in scan.scan_file(str(ROOT / path)):
                secret.filename = path
                yield secret


def known_secrets() -> set[tuple[str, str]]:
    """Path and digest of what looks like a secret and is none; of a key, the digest is that of its first line."""
    lines = (line.split(maxsplit=2) for line in KNOWN.read_text().splitlines() if not line.startswith("#"))
    return {(path, digest) for path, digest, _ in lines}


if __name__ == "__main__":
    sys.exit(main())
