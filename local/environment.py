"""The environment in which the functions and the relay run on one machine."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent
FUNCTIONS = ROOT / "functions"
DEFAULT_PROJECT = "demo-courtside"


def backend_environment(
    database_url: str, firestore_host: str, auth_host: str | None, project: str = DEFAULT_PROJECT
) -> dict[str, str]:
    """Variables for a process that imports `courtside`; the services are given as `host:port`."""
    return {
        "PYTHONPATH": f"{FUNCTIONS}:{ROOT}",
        "FUNCTIONS_EMULATOR": "true",
        "GCLOUD_PROJECT": project,
        "GOOGLE_CLOUD_PROJECT": project,
        "FIREBASE_CONFIG": json.dumps({"projectId": project}),
        "DATABASE_URL": database_url,
        "FIRESTORE_EMULATOR_HOST": firestore_host,
        # Benches and tests call more often than anybody may; suites for people turn them on.
        "RATE_LIMITS": "off",
        **({"FIREBASE_AUTH_EMULATOR_HOST": auth_host} if auth_host else {}),
    }


def channels_environment(fcm_url: str, smtp_url: str, smtp_certificate: Path) -> dict[str, str]:
    """Variables with which pushes and mails go to the stand-ins; `smtp_certificate` is the one to trust, as PEM."""
    return {
        "FCM_URL": fcm_url,
        "SMTP_URL": smtp_url,
        "SMTP_CA_FILE": str(smtp_certificate),
        "MAIL_FROM": "Courtside <no-reply@courtside.test>",
    }
