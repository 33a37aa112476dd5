"""firestore.indexes.json is read, and refused where a deployment would refuse it."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.indexes.file import BadIndexFile, parse_definitions, read_index_file
from tests.emulator.indexes.declared import composite, override
from tests.emulator.process import ROOT


def test_the_file_of_this_repository_is_read() -> None:
    assert read_index_file(ROOT / "firestore.indexes.json").composites


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], "the file must be an object"),
        ({"indices": []}, "'indices' is not known"),
        ({"indexes": {}}, "indexes must be a list"),
        ({"indexes": [composite("x")]}, "indexes[0] needs two fields or more"),
        ({"indexes": [composite("x", "y contains", "z contains")]}, "one array field at most"),
        ({"indexes": [composite("v vector 3", "x")]}, "the vector field must come last"),
        ({"indexes": [composite("x", "y`")]}, "indexes[0].fields[1]: invalid field path"),
        ({"indexes": [composite("x", "v vector 4096")]}, "a number from 1 to 2048"),
        (
            {"indexes": [{**composite("x", "y"), "queryScope": "ALL"}]},
            "queryScope must be COLLECTION or COLLECTION_GROUP",
        ),
        ({"indexes": [{**composite("x", "y"), "collectionGroup": ""}]}, "collectionGroup must be a text"),
        (
            {"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "x"}, {"fieldPath": "y"}]}]},
            "indexes[0].fields[0] needs exactly one of",
        ),
        (
            {"indexes": [{"collectionGroup": "a", "fields": [{"fieldPath": "x", "order": "UP"}]}]},
            "order must be ASCENDING or DESCENDING",
        ),
        ({"fieldOverrides": [{**override("x"), "index": []}]}, "fieldOverrides[0]: 'index' is not known"),
        (
            {"fieldOverrides": [{**override("x"), "indexes": [{"vectorConfig": {"dimension": 3}}]}]},
            "fieldOverrides[0].indexes[0]: 'vectorConfig' is not known",
        ),
    ],
)
def test_a_wrong_entry_is_named(content: Any, reason: str) -> None:
    with pytest.raises(BadIndexFile) as refused:
        parse_definitions(content)

    assert reason in str(refused.value)


def test_a_file_that_is_missing_or_not_json_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    for path in (broken, tmp_path / "missing.json"):
        with pytest.raises(BadIndexFile, match=path.name):
            read_index_file(path)


def test_keys_that_do_not_matter_here_are_accepted() -> None:
    entry = {**composite("x", "y"), "density": "SPARSE_ALL", "apiScope": "ANY_API"}

    assert parse_definitions(json.loads(json.dumps({"indexes": [entry]}))).composites
