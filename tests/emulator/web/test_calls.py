"""What a web client calls over REST: transactions, aggregations, reads from the server."""

import threading

from google.cloud import firestore

from tests.emulator.web.browser import Profile, Tab


def test_a_transaction_reads_and_writes(connected: Tab, client: firestore.Client) -> None:
    client.document("rooms/a").set({"seats": 3})

    left = connected.run("""() => runTransaction(db, async transaction => {
      const room = await transaction.get(doc(db, 'rooms/a'));
      transaction.update(room.ref, { seats: room.data().seats - 1 });
      transaction.set(doc(db, 'bookings/x'), { room: 'a' });
      return room.data().seats - 1;
    })""")

    assert left == 2
    assert client.document("rooms/a").get().get("seats") == 2
    assert client.document("bookings/x").get().exists


def test_transactions_of_several_tabs_in_conflict_all_count(
    profile: Profile, where: dict[str, str], client: firestore.Client
) -> None:
    client.document("counters/a").set({"n": 0})
    tabs = [profile.open_tab() for _ in range(3)]
    for tab in tabs:
        tab.run("where => { connect(where); }", where)
    script = """async () => { for (let i = 0; i < 4; i += 1) await runTransaction(db, async transaction => {
      const counter = await transaction.get(doc(db, 'counters/a'));
      transaction.update(counter.ref, { n: counter.data().n + 1 });
    }, { maxAttempts: 50 }); }"""

    threads = [threading.Thread(target=tab.run, args=(script,)) for tab in tabs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert client.document("counters/a").get().get("n") == 12


def test_a_transaction_that_creates_what_exists_is_refused(connected: Tab, client: firestore.Client) -> None:
    client.document("rooms/a").set({"seats": 3})

    code = connected.run("""() => runTransaction(db, async transaction => {
      await transaction.get(doc(db, 'rooms/missing'));
      transaction.update(doc(db, 'rooms/missing'), { seats: 1 });
    }).catch(error => error.code)""")

    assert code == "invalid-argument"
    assert not client.document("rooms/missing").get().exists


def test_aggregations(connected: Tab, client: firestore.Client) -> None:
    for number in range(1, 5):
        client.document(f"rooms/{number}").set({"seats": number})

    found = connected.run("""async () => (await getAggregateFromServer(
      query(collection(db, 'rooms'), where('seats', '>', 1)),
      { count: count(), sum: sum('seats'), average: average('seats') },
    )).data()""")

    assert found == {"count": 3, "sum": 9, "average": 3}


def test_a_query_once_from_the_server(connected: Tab, client: firestore.Client) -> None:
    for number in range(5):
        client.document(f"studios/x/rooms/{number}").set({"n": number})

    found = connected.run("""async () => (await getDocsFromServer(
      query(
        collectionGroup(db, 'rooms'),
        or(where('n', '<', 1), where('n', '>', 3)), orderBy('n', 'desc'), limitToLast(5),
      ),
    )).docs.map(document => document.id)""")

    assert found == ["4", "0"]
