"""What pages are told when security rules say no, over WebChannel and REST."""

import json
from typing import Any

import pytest
from google.cloud import firestore

from tests.emulator.rest.api import send
from tests.emulator.web.browser import Profile, Tab

RULES = """
rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /rooms/{room} {
      allow read: if true;
      allow write: if request.auth != null && request.resource.data.owner == request.auth.uid;
    }
    match /diaries/{day} {
      allow read, write: if resource == null || resource.data.owner == request.auth.uid;
    }
  }
}
"""


@pytest.fixture
def ruled(host: str, project: str) -> None:
    """The rules above, in force in the test's project."""
    body = json.dumps({"rules": {"files": [{"content": RULES}]}}).encode()
    assert send(host, "PUT", f"/emulator/v1/projects/{project}:securityRules", body, {}).status == 200


@pytest.fixture
def ana(profile: Profile, where: dict[str, Any], ruled: None) -> Tab:
    """A tab in which Ana is signed in."""
    tab = profile.open_tab()
    tab.run("where => { connect(where); }", {**where, "user": {"sub": "ana"}})
    return tab


def test_a_signed_in_user_writes_what_is_hers(ana: Tab) -> None:
    ana.run("watch('rooms', collection(db, 'rooms'))")

    ana.run("setDoc(doc(db, 'rooms/a'), { owner: 'ana' })")

    ana.until("seen.rooms.at(-1)?.documents.a && !seen.rooms.at(-1).pending && !seen.rooms.at(-1).cached")


def test_a_write_that_is_not_allowed_is_refused_and_taken_back(ana: Tab, client: firestore.Client) -> None:
    ana.run("watch('rooms', collection(db, 'rooms'))")
    ana.until("seen.rooms.at(-1)?.cached === false")

    code = ana.run("setDoc(doc(db, 'rooms/a'), { owner: 'ben' }).catch(error => error.code)")

    assert code == "permission-denied"
    ana.until("Object.keys(seen.rooms.at(-1).documents).length === 0 && !seen.rooms.at(-1).pending")
    assert not client.document("rooms/a").get().exists
    ana.run("setDoc(doc(db, 'rooms/a'), { owner: 'ana' })")


def test_somebody_who_is_not_signed_in_cannot_write(connected: Tab, ruled: None) -> None:
    assert connected.run("setDoc(doc(db, 'rooms/a'), {}).catch(error => error.code)") == "permission-denied"


@pytest.mark.parametrize(
    "target", ["doc(db, 'diaries/bens')", "collection(db, 'diaries')", "collection(db, 'other')"]
)
def test_a_listener_that_is_not_allowed_ends_and_others_go_on(
    ana: Tab, client: firestore.Client, target: str
) -> None:
    client.document("diaries/bens").set({"owner": "ben"})
    ana.run("watch('rooms', collection(db, 'rooms'))")

    ana.run(f"watch('denied', {target})")

    ana.until("seen.denied.at(-1)?.error === 'permission-denied'")
    client.document("rooms/a").set({"owner": "ben"})
    ana.until("'a' in seen.rooms.at(-1).documents")


def test_a_query_that_asks_only_for_what_is_allowed_is_served(ana: Tab, client: firestore.Client) -> None:
    client.document("diaries/anas").set({"owner": "ana"})
    client.document("diaries/bens").set({"owner": "ben"})

    ana.run("watch('mine', query(collection(db, 'diaries'), where('owner', '==', 'ana')))")

    ana.until("Object.keys(seen.mine.at(-1)?.documents ?? {}).join() === 'anas' && !seen.mine.at(-1).cached")


def test_a_listener_ends_when_its_document_is_no_longer_for_it(ana: Tab, client: firestore.Client) -> None:
    client.document("diaries/anas").set({"owner": "ana"})
    ana.run("watch('mine', doc(db, 'diaries/anas'))")
    ana.until("seen.mine.at(-1)?.documents?.owner === 'ana' && !seen.mine.at(-1).cached")

    client.document("diaries/anas").set({"owner": "ben"})

    ana.until("seen.mine.at(-1).error === 'permission-denied'")
    assert not ana.run("seen.mine.some(entry => entry.documents?.owner === 'ben')")


def test_calls_over_rest_are_held_to_the_rules(ana: Tab, client: firestore.Client) -> None:
    client.document("diaries/bens").set({"owner": "ben"})
    count = "query => getCountFromServer(collection(db, query)).then(found => found.data().count, error => error.code)"
    swap = """() => runTransaction(db, async transaction => {
      transaction.set((await transaction.get(doc(db, 'rooms/a'))).ref, { owner: 'ben' });
    }).catch(error => error.code)"""

    assert ana.run(count, "rooms") == 0
    assert ana.run(count, "diaries") == "permission-denied"
    assert ana.run(swap) == "permission-denied"
