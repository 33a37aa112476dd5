"""Accounts and those who rule over them: roles, blocks, sign-ins, exports, deletions, and what is written of it."""

import time

import psycopg
import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls, reads
from tests.attacks.contents import CONTENTS, PERSON, WHY
from tests.attacks.test_roles import COMMANDS
from tests.attacks.verdicts import BLOCKED, DELETED, INVALID, REVOKED, STALE
from tests.world import ADMIN

PRE = "FAILED_PRECONDITION"
DANGEROUS = [name for name, command in COMMANDS.items() if getattr(command, "dangerous", False)]


def rules(command: str, refused: str, name: str, **content: object) -> Attempt:
    """A command of an admin."""
    return calls(ADMIN, f"admin.{command}", refused, name, **{**WHY, **content})


ATTEMPTS = [
    rules("set_role", f"{PRE} NOT_YOURSELF", "an admin steps down by a slip", user_id=ADMIN, role="client"),
    rules("block_user", f"{PRE} NOT_YOURSELF", "an admin blocks the own account", user_id=ADMIN),
    rules("sign_out_user", f"{PRE} NOT_YOURSELF", "an admin signs the own account out", user_id=ADMIN),
    rules("delete_user", f"{PRE} LAST_ADMIN", "the last admin is deleted", user_id=ADMIN),
    calls(ADMIN, "account.delete_account", f"{PRE} LAST_ADMIN", "the last admin leaves", confirm="DELETE"),
    rules("set_role", f"{PRE} TRAINER_NOT_APPROVED", "a trainer without approval", user_id="mal", role="trainer"),
    rules("set_role", f"{PRE} TRAINER_NOT_APPROVED", "an applicant made a trainer by the way",
          user_id="amy", role="trainer"),
    rules("set_role", f"{PRE} STILL_TRAINING", "a trainer with sessions to come loses the role",
          user_id="tom", role="client"),
    rules("set_role", "NOT_FOUND USER_NOT_FOUND", "a role for nobody", user_id="nobody", role="admin"),
    rules("set_role", "NOT_FOUND USER_NOT_FOUND", "a role for who has left", user_id="gil", role="admin"),
    rules("set_role", f"{PRE} NOTHING_TO_CHANGE", "a role that one has", user_id="mal", role="client"),
    *(rules("set_role", INVALID, f"the role {role!r}", user_id="mal", role=role)
      for role in ("superuser", "Admin", "blocked", "", None, 1, ["admin"], {"role": "admin"})),
    *(rules("block_user", INVALID, f"the account {user!r}", user_id=user)
      for user in ("", "../mal", "mal/../tom", "*", None, ["mal", "tom"], "m\u0430l", "x" * 129)),
    *(rules("set_role", INVALID, f"the reason {reason!r}", user_id="mal", role="admin", reason=reason)
      for reason in ("", "ab", "     ", "x" * 501, None, 5, ["because"])),
    rules("set_role", INVALID, "a simulation by a text", user_id="mal", role="admin", simulate="true"),
    calls("blair", "account.register_client", BLOCKED, "a blocked account registers anew", **PERSON),
    calls("blair", "trainers.apply", BLOCKED, "a blocked account applies", **PERSON),
    calls("gil", "account.register_client", DELETED, "who has left comes back by the old sign-in", **PERSON),
    calls("gil", "trainers.apply", DELETED, "who has left applies", **PERSON),
    calls("rex", "account.update_account", REVOKED, "a stolen session renames its owner", display_name="Mal"),
    calls("rex", "account.delete_account", REVOKED, "a stolen session deletes the account", confirm="DELETE"),
    calls("idle", "account.delete_account", STALE, "a screen that was left open deletes the account",
          confirm="DELETE"),
    calls("idle", "admin.set_role", STALE, "a screen that was left open makes an admin",
          user_id="mal", role="admin", **WHY),
    calls("tom", "account.delete_account", f"{PRE} TRAINER_HAS_BOOKINGS", "a trainer leaves booked clients",
          confirm="DELETE"),
    *(calls("mal", "account.delete_account", INVALID, f"leaving with {word!r}", confirm=word)
      for word in ("delete", "", True, None, ["DELETE"])),
    calls("mal", "account.export_account", INVALID, "an export of somebody else", user_id="ada"),
    calls("mal", "account.export_account", INVALID, "an export of a table", section="users"),
    calls("mal", "account.export_account", INVALID, "an export without end", limit=10**6),
    calls("mal", "account.export_account", INVALID, "an export that goes on elsewhere", section="audit",
          cursor="' OR 1=1 --"),
    rules("export_user", INVALID, "an export with a reason where none is asked", user_id="ada"),
    calls(ADMIN, "admin.export_user", "PERMISSION_DENIED EXPORT_NOT_PERMITTED",
          "an export that nobody gave a reason for", user_id="ada"),
    calls("", "account.deletion_progress", "NOT_FOUND RECEIPT_UNKNOWN", "a receipt that is guessed",
          receipt="A" * 43),
    *(calls("", "account.deletion_progress", INVALID, f"the receipt {receipt!r}", receipt=receipt)
      for receipt in ("", "gil", "%" * 43, None, "A" * 44)),
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nobody_rules_beyond_what_is_theirs(arena: Arena, attempt: Attempt) -> None:
    arena.withstand(attempt)


@pytest.mark.parametrize("name", DANGEROUS)
def test_what_is_dangerous_is_told_why(arena: Arena, name: str) -> None:
    content = {field: of for field, of in CONTENTS[name].items() if field != "reason"}

    arena.withstand(calls(ADMIN, name, INVALID, f"{name} without a reason", **content))


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_simulation_changes_nothing(arena: Arena, name: str) -> None:
    with arena.unchanged():
        answer = arena.try_(calls(ADMIN, name, "", "", **CONTENTS[name], simulate=True))

    if answer.verdict == "OK":
        assert answer.result["simulated"] is True
        assert "whsec_" not in answer.text
        assert '"receipt":"' not in answer.text


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("blair", "clients/blair"), ("blair", "bookings/@blairs"), ("blair", "users/blair/inbox/any"),
        ("blair", "feeds/client_blair/events/any"), ("gil", "clients/gil"), ("gil", "bookings/@gils"),
        ("rex", "clients/rex"), ("rex", "bookings/@rexs"), ("dan", "sessions/@dans_session"),
        ("dan", "feeds/trainer_dan/events/any"), ("boastful", "clients/ada"), ("boastful", "health/relay"),
        ("boastful", "feeds/admin/events/any"),
    ],
)  # fmt: skip
def test_a_token_of_before_reads_nothing_private(arena: Arena, who: str, path: str) -> None:
    arena.withstand(reads(who, path, f"{who} reads {path}"))


def test_a_sign_in_of_afterwards_reads_again(arena: Arena) -> None:
    doors = arena.doors
    url = f"http://{doors.firestore}/v1/{doors.database}/documents/clients/rex"
    fresh = {"Authorization": f"Bearer {doors.token('rex', auth_time=int(time.time()))}"}

    assert doors.http.get(url, headers=fresh).status_code == 200


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'mal' WHERE id = (SELECT min(id) FROM audit)",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "UPDATE ledger_lines SET amount = amount + 1",
        "DELETE FROM ledger_transfers",
        "UPDATE allocations SET remaining = -1",
        "UPDATE sessions SET seats_taken = capacity + 1",
    ],
)
def test_what_happened_cannot_be_rewritten(arena: Arena, statement: str) -> None:
    with arena.unchanged(), pytest.raises(psycopg.Error):
        arena.world.rows(statement)
