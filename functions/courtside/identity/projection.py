"""`clients/{client_id}`: what a client's own screens show of the account; `access/{uid}`: what rules ask of it."""

from courtside.firestore.values import Fields
from courtside.identity.model import User


def project_client(user: User) -> Fields:
    """Fields of a client's document; read by that client and by admins."""
    return {
        "display_name": user.display_name,
        "role": user.role,
        "locale": user.locale,
        "time_zone": user.time_zone,
        "created_at": user.created_at,
    }


def project_access(user: User) -> Fields:
    """Fields by which rules know what the account may do now, whatever its token says; read by nobody else."""
    return {
        "role": user.role,
        "blocked": user.blocked,
        "tokens_valid_from_at": user.tokens_valid_from,
    }
