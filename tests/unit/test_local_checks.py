"""The checks of `make check` that are ours: what they find, and that they do not say more than they know."""

from pathlib import Path

import pytest

from local.checks import audit, secrets

FOUND = {"name": "good", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "private", "skip_reason": "not found"}
BROKEN = {"name": "bad", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}


def test_nothing_looked_at_is_not_all_well() -> None:
    assert "NOT DONE" in audit.sentence(audit.read([UNKNOWN]))
    assert "NOT DONE" in audit.sentence(audit.read([]))


def test_what_is_not_known_is_named() -> None:
    found = audit.read([FOUND, UNKNOWN])

    assert audit.sentence(found) == (
        "audit: 1 of 2 packages looked at, 0 vulnerabilities; unknown to the service: private"
    )


def test_a_vulnerability_is_told_with_what_mends_it() -> None:
    assert audit.read([FOUND, BROKEN]).vulnerabilities == ("bad 2.0: PYSEC-1, mended in 2.1",)


@pytest.mark.parametrize(
    "text",
    [
        'password = "{}"'.format("correct" + "-horse-battery"),
        "-----BEGIN {} KEY-----".format("PRIVATE"),
        "https://user:{}@example.com".format("s3cr" + "3t"),
        "{}_live_51H8abcdefghijklmnopqrst".format("sk"),
    ],
)
def test_a_secret_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(secrets, "ROOT", tmp_path)
    (tmp_path / "settings.py").write_text(f"{text}\n")

    (found,) = secrets.secrets_in(["settings.py"])

    assert (found.filename, found.secret_hash) not in secrets.known_secrets()


def test_plain_code_is_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "ROOT", tmp_path)
    (tmp_path / "code.py").write_text("token = read_token(request)\nkey = 5\n")

    assert list(secrets.secrets_in(["code.py"])) == []
