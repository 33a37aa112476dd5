"""Which account a host application's person may have, and whether it may be signed in to this way; pure."""

from courtside.actors import Role
from courtside.errors import AccountBlocked, AccountDeleted
from courtside.identity.federation.issuers import Issuer
from courtside.identity.federation.model import (
    Assertion,
    HostedAccount,
    Problem,
    StaffNotAdmitted,
    refused,
)

_STAFF = frozenset({Role.ADMIN.value, Role.SUPPORT.value})


def email_to_link(assertion: Assertion) -> str | None:
    """The e-mail whose account a person that we do not know yet may be given: none unless the issuer is trusted so."""
    return assertion.email if assertion.issuer.link_by_email else None


def may_link(account: HostedAccount, issuer: Issuer) -> bool:
    """Whether an account that is there already may become a person's of this issuer.

    A host that vouches for an e-mail must not come by more than it could have at the front door. Its person gets
    an account of its own instead, as for an e-mail that nobody has here: whose it is, is not told.
    """
    return issuer.admits_staff or account.role not in _STAFF


def require_admitted(account: HostedAccount, assertion: Assertion) -> None:
    """Raises unless this account may be signed in to by this assertion, however it came to be linked.

    Raises:
        AccountDeleted, AccountBlocked: nobody may use it any more.
        StaffNotAdmitted: it has become one of an administrator or of support.
        TokenRefused: its owner has signed out everywhere since the token was issued.
    """
    if account.deleted:
        raise AccountDeleted
    if account.blocked:
        raise AccountBlocked
    if account.role in _STAFF and not assertion.issuer.admits_staff:
        raise StaffNotAdmitted
    if account.tokens_valid_from is not None and assertion.issued_at < account.tokens_valid_from:
        raise refused(Problem.EXPIRED)
