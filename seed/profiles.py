"""What a trainer's public profile shows, read from Firestore like any client does."""

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore


class Profiles:
    """Public profiles; the emulator is found by FIRESTORE_EMULATOR_HOST. Threads may share it."""

    def __init__(self, project: str) -> None:
        self._client = firestore.Client(project=project, credentials=AnonymousCredentials())

    def find_service(self, trainer_id: str, name: str) -> str | None:
        """The id of the service of that name, None while there is no such profile or service."""
        profile = self._client.document(f"trainers/{trainer_id}").get().to_dict() or {}
        services = profile.get("services", [])
        return next((str(s["service_id"]) for s in services if s["name"] == name), None)

    def close(self) -> None:
        self._client.close()
