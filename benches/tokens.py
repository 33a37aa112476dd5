"""Identity tokens as the Auth emulator issues them: unsigned, accepted only while an emulator is configured."""

import base64
import json
import time

from benches.studio import PROJECT


def token_of(uid: str) -> str:
    """An unsigned token that names this uid."""
    now = int(time.time())
    claims = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": uid,
        "user_id": uid,
        "iat": now,
        "auth_time": now,
        "exp": now + 3600,
        "firebase": {"identities": {}, "sign_in_provider": "custom"},
    }
    return ".".join((_part({"alg": "none", "typ": "JWT"}), _part(claims), ""))


def _part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
