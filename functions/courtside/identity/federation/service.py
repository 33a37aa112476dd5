"""Use cases of signing in through a host application."""

from collections.abc import Mapping
from datetime import datetime

from courtside.config import Settings
from courtside.db.reader import Reader
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.federation import policy, store
from courtside.identity.federation.issuers import Issuers, read_issuers
from courtside.identity.federation.key_rings import KeyRing, open_ring
from courtside.identity.federation.model import Assertion, HostedAccount, Problem, refused
from courtside.identity.federation.tokens import read_token
from courtside.identity.federation.verification import verify
from courtside.ids import new_id


class Federation:
    """The issuers that this system trusts, and their keys; one for all threads of a process."""

    def __init__(self, issuers: Issuers, rings: Mapping[str, KeyRing]) -> None:
        self._issuers = issuers
        self._rings = rings

    @classmethod
    def of(cls, settings: Settings) -> "Federation":
        """As the settings say; raises Misconfigured."""
        issuers = read_issuers(settings.exchange_issuers)
        to_loopback = settings.calls_to_loopback
        rings = {issuer.iss: open_ring(issuer.keys, to_loopback=to_loopback) for issuer in issuers.values()}
        return cls(issuers, rings)

    def verify(self, text: str, now: datetime) -> Assertion:
        """What a host application's token asserts.

        Raises:
            TokenRefused: it is not to be believed.
            Unavailable: its issuer's keys cannot be had right now.
        """
        token = read_token(text)
        issuer = self._issuers.get(token.issuer)
        if issuer is None:
            raise refused(Problem.UNKNOWN_ISSUER)
        key = self._rings[issuer.iss].find((token.key_id, token.algorithm))
        if key is None:
            raise refused(Problem.BAD_SIGNATURE)
        return verify(token, issuer, key, now)

    def find_email_to_link(self, reader: Reader, assertion: Assertion) -> str | None:
        """The e-mail whose account this person may be given, if it has none yet."""
        email = policy.email_to_link(assertion)
        if email is None or store.find_linked(reader, assertion) is not None:
            return None
        return email

    def sign_in(self, uow: UnitOfWork, assertion: Assertion, uid_of_email: str | None) -> str:
        """The uid of the person's account, made or linked at the first time.

        `uid_of_email` is whose proved e-mail in Firebase Auth is the one to link.

        Raises:
            TokenRefused: the token was taken before, or its person has signed out since.
            AccountDeleted, AccountBlocked, StaffNotAdmitted: this account is not for signing in to this way.
        """
        if assertion.token_id is not None and not store.spend_token(uow, assertion):
            raise refused(Problem.REPLAYED)
        account = store.find_linked(uow, assertion) or _link(uow, assertion, uid_of_email)
        policy.require_admitted(account, assertion)
        return account.user_id


def _link(uow: UnitOfWork, assertion: Assertion, uid_of_email: str | None) -> HostedAccount:
    by_email = (
        uid_of_email is not None
        and policy.may_link(store.get_account(uow, uid_of_email), assertion.issuer)
        and _insert_link(uow, assertion, uid_of_email, by_email=True)
    )
    if not by_email:
        _insert_link(uow, assertion, f"x{new_id().hex}", by_email=False)
    # Whoever was faster with the same person has decided.
    account = store.find_linked(uow, assertion)
    assert account is not None
    return account


def _insert_link(uow: UnitOfWork, assertion: Assertion, user_id: str, *, by_email: bool) -> bool:
    inserted = store.insert_link(uow, assertion, user_id, by_email=by_email)
    if inserted:
        uow.record(f"users/{user_id}", None, {"linked_to": assertion.issuer.id, "by_email": by_email})
    return inserted
