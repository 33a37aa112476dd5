"""A function as its authors write them; it notes what it was told."""

import json
import os
from pathlib import Path

from firebase_functions import firestore_fn


@firestore_fn.on_document_written_with_auth_context(document="users/{uid}/posts/{post_id}")  # type: ignore[untyped-decorator] # as far as our checks see
def on_post(event: firestore_fn.AuthEvent[firestore_fn.Change[firestore_fn.DocumentSnapshot | None]]) -> None:
    """Append a line with the event's content."""
    assert event.data is not None
    before, after = event.data.before, event.data.after
    told = {
        "params": event.params,
        "before": before.to_dict() if before else None,
        "after": after.to_dict() if after else None,
        "auth_type": event.auth_type,
        "document": event.document,
    }
    with Path(os.environ["TOLD"]).open("a") as file:
        file.write(json.dumps(told) + "\n")
