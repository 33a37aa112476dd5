// What the matrix of verdicts does not ask of firestore.rules: commits of several writes, counts, and listeners that
// lose what they were allowed, through the official test library.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
} from "@firebase/rules-unit-testing";
import {
  collection,
  deleteDoc,
  doc,
  getCountFromServer,
  getDoc,
  getDocs,
  limit,
  onSnapshot,
  query,
  runTransaction,
  serverTimestamp,
  setDoc,
  setLogLevel,
  Timestamp,
  updateDoc,
  where,
  writeBatch,
} from "firebase/firestore";

const [host, port] = process.env.FIRESTORE_EMULATOR_HOST.split(":");
const firestore = { host, port: Number(port), rules: readFileSync(process.env.RULES_FILE, "utf8") };
const projectId = process.env.PROJECT;
setLogLevel("silent");

let environment;

const account = (role, more = {}) => ({ role, blocked: false, tokens_valid_from_at: null, ...more });

before(async () => {
  environment = await initializeTestEnvironment({ projectId, firestore });
});

beforeEach(async () => {
  await environment.clearFirestore();
  const documents = {
    "access/cleo": account("client"),
    "access/dora": account("client"),
    "access/ana": account("trainer"),
    "access/root": account("admin"),
    "trainers/ana": { name: "Ana" },
    "sessions/s1": { trainer_id: "ana" },
    "bookings/b1": { client_id: "cleo", trainer_id: "ana" },
    "bookings/b2": { client_id: "dora", trainer_id: "ben" },
  };
  await asOwner((database) =>
    Promise.all(Object.entries(documents).map(([path, data]) => setDoc(doc(database, path), data))),
  );
});

after(() => environment?.cleanup());

const asOwner = (act) => environment.withSecurityRulesDisabled((context) => act(context.firestore()));
const visitor = () => environment.unauthenticatedContext().firestore();
const user = (uid, claims) => environment.authenticatedContext(uid, claims).firestore();
const own = (reader) => query(collection(reader, "bookings"), where("client_id", "==", "cleo"), limit(300));

// A listener with what it has heard; `started` once that is something.
function listen(reference) {
  const heard = { snapshots: [], refusals: [] };
  heard.started = new Promise((resolve) => {
    const note = (list) => (entry) => resolve(list.push(entry));
    onSnapshot(reference, note(heard.snapshots), note(heard.refusals));
  });
  return heard;
}

// Whatever the server told the listeners of a client has arrived: its answers come in order.
const caughtUp = (client) => getDoc(doc(client, "trainers/ana")).catch(() => undefined);
const codes = ({ refusals }) => refusals.map(({ code }) => code);

test("a list finds what its filter promises", async () => {
  const found = await assertSucceeds(getDocs(own(user("cleo"))));
  assert.deepEqual(found.docs.map((booking) => booking.id), ["b1"]);
  await assertFails(getDocs(own(user("dora"))));
});

test("counts are bounded like lists", async () => {
  const bookings = collection(user("cleo"), "bookings");
  await assertSucceeds(getCountFromServer(own(user("cleo"))));
  await assertFails(getCountFromServer(query(bookings, where("client_id", "==", "cleo"))));
  await assertFails(getCountFromServer(query(bookings, limit(300))));
});

test("a role is what the account has, not what a token claims", async () => {
  const booking = (reader) => getDoc(doc(reader, "bookings/b2"));
  await assertSucceeds(booking(user("root")));
  await assertFails(booking(user("cleo", { role: "admin" })));
  await asOwner((database) => setDoc(doc(database, "access/cleo"), account("support")));
  await assertSucceeds(booking(user("cleo", { role: "client" })));
});

test("an update cannot change whose presence it is", async () => {
  const entry = (uid) => ({
    user_id: uid,
    place: "board",
    hidden: false,
    seen_at: serverTimestamp(),
    expires_at: Timestamp.fromMillis(Date.now() + 60_000),
  });
  const mine = doc(user("cleo"), "presence/cleo:1");
  await assertSucceeds(setDoc(mine, entry("cleo")));
  await assertSucceeds(updateDoc(mine, { hidden: true, seen_at: serverTimestamp() }));
  await assertFails(updateDoc(mine, { hidden: false }));
  await assertFails(updateDoc(mine, { user_id: "dora", seen_at: serverTimestamp() }));
  await assertFails(deleteDoc(doc(user("dora"), "presence/cleo:1")));
});

test("one denied write refuses the whole batch", async () => {
  const database = user("cleo");
  const batch = writeBatch(database)
    .set(doc(database, "users/cleo/marks/m1"), { read_at: serverTimestamp() })
    .set(doc(database, "trainers/ana"), { name: "Eve" });
  await assertFails(batch.commit());
  const mark = await getDoc(doc(database, "users/cleo/marks/m1"));
  assert.equal(mark.exists(), false);
});

test("transactions are held to the rules in what they read and write", async () => {
  const database = user("cleo");
  const mark = doc(database, "users/cleo/marks/m1");
  await assertSucceeds(
    runTransaction(database, async (transaction) => {
      const found = await transaction.get(mark);
      if (!found.exists()) transaction.set(mark, { read_at: serverTimestamp() });
    }),
  );
  await assertFails(
    runTransaction(database, (transaction) => transaction.get(doc(database, "bookings/b2"))),
  );
});

test("a listener that is not allowed is refused", async () => {
  const dora = user("dora");
  for (const reference of [doc(dora, "bookings/b1"), collection(dora, "bookings"), own(dora)]) {
    const refused = listen(reference);
    await refused.started;
    assert.deepEqual(codes(refused), ["permission-denied"]);
  }
  const allowed = listen(own(user("cleo")));
  await allowed.started;
  assert.deepEqual(codes(allowed), []);
});

test("a listener ends when a change takes its document away", async () => {
  const cleo = user("cleo");
  const booking = listen(doc(cleo, "bookings/b1"));
  await booking.started;
  await asOwner((database) =>
    setDoc(doc(database, "bookings/b1"), { client_id: "dora", trainer_id: "ben" }),
  );
  await caughtUp(cleo);
  assert.deepEqual(booking.snapshots.map((snapshot) => snapshot.data().client_id), ["cleo"]);
  assert.deepEqual(codes(booking), ["permission-denied"]);
});

const losses = {
  "is blocked": account("client", { blocked: true }),
  "has to sign in again": account("client", { tokens_valid_from_at: Timestamp.now() }),
  "is deleted": null,
};
for (const [what, access] of Object.entries(losses)) {
  test(`every listener of an account ends when it ${what}, and no other`, async () => {
    const [cleo, ana] = [user("cleo"), user("ana")];
    const listeners = [
      own(cleo),
      doc(cleo, "bookings/b1"),
      doc(cleo, "clients/cleo"),
      query(collection(cleo, "users/cleo/inbox"), limit(10)),
      query(collection(cleo, "feeds/client_cleo/events"), limit(10)),
    ].map(listen);
    const trainers = listen(doc(ana, "bookings/b1"));
    await Promise.all([...listeners, trainers].map(({ started }) => started));
    assert.deepEqual([...listeners, trainers].flatMap(codes), []);

    await asOwner((database) => {
      const reference = doc(database, "access/cleo");
      return access === null ? deleteDoc(reference) : setDoc(reference, access);
    });

    await Promise.all([cleo, ana].map(caughtUp));
    assert.deepEqual(listeners.map(codes), listeners.map(() => ["permission-denied"]));
    assert.deepEqual(codes(trainers), []);
    await assertFails(getDocs(own(cleo)));
    await assertSucceeds(getDoc(doc(cleo, "trainers/ana")));
  });
}

const lists = {
  root: (reader) => query(collection(reader, "bookings"), limit(300)),
  ana: (reader) => query(collection(reader, "sessions"), where("trainer_id", "==", "ana"), limit(300)),
};
for (const [uid, list] of Object.entries(lists)) {
  test(`what ${uid} listens to by role ends with the role`, async () => {
    const reader = user(uid);
    const listener = listen(list(reader));
    await listener.started;
    assert.deepEqual(codes(listener), []);
    await asOwner((database) => setDoc(doc(database, `access/${uid}`), account("client")));
    await caughtUp(reader);
    assert.deepEqual(codes(listener), ["permission-denied"]);
  });
}

test("a denial names the line that denied", async () => {
  const lines = firestore.rules.split("\n");
  const line = lines.findIndex((text) => text.includes("allow list: if isLimited(100);")) + 1;
  const error = await getDocs(query(collection(visitor(), "trainers"), limit(101))).catch((refused) => refused);
  assert.match(error.message, new RegExp(`false for 'list' @ L${line}\\b`));
});

test("broken rules are refused with line and column", async () => {
  const rules = "rules_version = '2';\nservice cloud.firestore {\n  match /x/{id} { allow read: if ; }\n}";
  await assert.rejects(
    initializeTestEnvironment({ projectId: `${projectId}-broken`, firestore: { ...firestore, rules } }),
    (error) => String(error).includes("3:34"),
  );
});
