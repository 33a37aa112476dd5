"""Several tabs of one browser over a persistent cache."""

from typing import Any

from google.cloud import firestore

from tests.emulator.web.browser import Profile, Tab


def opened(profile: Profile, where: dict[str, Any]) -> Tab:
    """A tab with the shared cache, listening to the rooms."""
    tab = profile.open_tab()
    tab.run(
        "where => { connect(where); watch('rooms', collection(db, 'rooms')); }",
        {**where, "cache": "indexeddb"},
    )
    return tab


def test_tabs_share_what_they_see_and_write(
    profile: Profile, where: dict[str, Any], client: firestore.Client
) -> None:
    client.document("rooms/a").set({"n": 1})
    first, second = opened(profile, where), opened(profile, where)
    for tab in (first, second):
        tab.until("seen.rooms.at(-1)?.documents.a?.n === 1 && !seen.rooms.at(-1).cached")

    second.run("setDoc(doc(db, 'rooms/b'), { n: 2 }), null")

    first.until("seen.rooms.at(-1).documents.b?.n === 2 && !seen.rooms.at(-1).pending")
    assert client.document("rooms/b").get().to_dict() == {"n": 2}


def test_another_tab_takes_over_when_the_first_is_closed(
    profile: Profile, where: dict[str, Any], client: firestore.Client
) -> None:
    first = opened(profile, where)
    first.until("seen.rooms.at(-1)?.cached === false")
    second = opened(profile, where)
    second.until("seen.rooms.at(-1)?.cached === false")

    first.close()
    client.document("rooms/a").set({"n": 5})

    second.until("seen.rooms.at(-1).documents.a?.n === 5 && !seen.rooms.at(-1).cached")


def test_a_reopened_page_shows_its_cache_and_sends_what_it_owes(
    profile: Profile, where: dict[str, Any], client: firestore.Client
) -> None:
    client.document("rooms/a").set({"n": 1})
    first = opened(profile, where)
    first.until("seen.rooms.at(-1)?.documents.a?.n === 1 && !seen.rooms.at(-1).cached")
    first.run("async () => { await disableNetwork(db); setDoc(doc(db, 'rooms/b'), { n: 2 }); }")
    first.until("seen.rooms.at(-1).documents.b?.n === 2")
    first.close()
    client.document("rooms/a").set({"n": 9})

    again = opened(profile, where)

    again.until("seen.rooms.at(-1)?.documents.a?.n === 9 && !seen.rooms.at(-1).pending")
    again.until("!seen.rooms.at(-1).cached")
    assert again.run("seen.rooms[0].documents.a.n") == 1
    assert client.document("rooms/b").get().to_dict() == {"n": 2}
