"""What is written all the time has no index by its time of writing: such an index takes some 500 writes a second."""

import json

from courtside.relay.documents import collections
from local.environment import ROOT

# Read in the order of their commits; or a handful of documents.
INDEXED = {"events", "health", "stats"}


def test_no_collection_is_indexed_by_its_commits_for_nothing() -> None:
    declared = json.loads((ROOT / "firestore.indexes.json").read_text())["fieldOverrides"]
    exempt = {
        field["collectionGroup"]
        for field in declared
        if field["fieldPath"] == "committed_at" and field["indexes"] == []
    }

    assert exempt == set(collections()) - INDEXED
