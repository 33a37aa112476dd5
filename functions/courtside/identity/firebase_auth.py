"""The gateway to Firebase Auth: tells it what an account may do, and ends there what ended here."""

from datetime import timedelta

from firebase_admin import App, auth

from courtside.identity.claims import LeasedClaims

# Both clocks tell whole seconds, and neither is exact.
_TOLERANCE = timedelta(seconds=2)


def tell(app: App, account: LeasedClaims) -> bool:
    """Make the Firebase Auth account as ours is; doing it again changes nothing. False if there is no such account.

    Raises:
        firebase_admin.exceptions.FirebaseError: Firebase Auth did not do it.
    """
    try:
        if account.deleted:
            auth.delete_user(account.user_id, app=app)
        else:
            _update(app, account)
    except auth.UserNotFoundError:
        return False
    return True


def _update(app: App, account: LeasedClaims) -> None:
    record = auth.update_user(
        account.user_id, custom_claims=account.claims, disabled=account.blocked, app=app
    )
    if account.tokens_valid_from is None:
        return
    valid_from_seconds = (account.tokens_valid_from - _TOLERANCE).timestamp()
    # Once for each time: whoever has signed in again since must not be signed out by a repeat.
    if record.tokens_valid_after_timestamp / 1000 < valid_from_seconds:
        auth.revoke_refresh_tokens(account.user_id, app=app)
