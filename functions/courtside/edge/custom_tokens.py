"""Firebase Auth, as signing in through a host application needs it: whose an e-mail is, and tokens to sign in with."""

from firebase_admin import auth
from firebase_admin.exceptions import FirebaseError
from google.auth.exceptions import GoogleAuthError

from courtside.config import Settings
from courtside.edge.auth import firebase_app
from courtside.errors import AccountBlocked, Unavailable
from courtside.ids import is_safe_segment

# As Firebase has it; a client exchanges its custom token for an ID token at once.
CUSTOM_TOKEN_SECONDS = 3_600


class FirebaseAccounts:
    """The accounts of one project in Firebase Auth."""

    def __init__(self, settings: Settings) -> None:
        self._app = firebase_app(settings.project)

    def find_uid_by_email(self, email: str) -> str | None:
        """Whose e-mail this is: None unless its owner has proved it to Firebase.

        Raises:
            AccountBlocked: the account is disabled.
            Unavailable: Firebase cannot tell right now.
        """
        try:
            found = auth.get_user_by_email(email, app=self._app)
        except (auth.UserNotFoundError, ValueError):
            return None
        except (FirebaseError, GoogleAuthError) as error:
            raise Unavailable from error
        is_proved = found.email_verified and (found.email or "").lower() == email
        if not is_proved or not is_safe_segment(found.uid):
            return None
        if found.disabled:
            raise AccountBlocked
        return str(found.uid)

    def mint(self, uid: str, issuer_id: str) -> str:
        """A custom token for this account; who vouched for it is the claim `issuer` of what it is exchanged for.

        Raises:
            Unavailable: Google's signing service, which Cloud Run uses in place of a private key, does not answer.
        """
        try:
            token: bytes = auth.create_custom_token(uid, {"issuer": issuer_id}, app=self._app)
        except (FirebaseError, GoogleAuthError) as error:
            raise Unavailable from error
        return token.decode()
