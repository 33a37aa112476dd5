// The repository's firestore.rules through the official test library: each allow beside a deny that is close to it.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
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
  orderBy,
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

before(async () => {
  environment = await initializeTestEnvironment({ projectId, firestore });
});

beforeEach(async () => {
  await environment.clearFirestore();
  await environment.withSecurityRulesDisabled(async (context) => {
    const database = context.firestore();
    const documents = {
      "trainers/ana": { name: "Ana" },
      "trainers/ana/days/2030-01-01": { open: [] },
      "sessions/s1": { trainer_id: "ana" },
      "bookings/b1": { client_id: "cleo", trainer_id: "ana" },
      "bookings/b2": { client_id: "dora", trainer_id: "ben" },
      "clients/cleo": { credits: 3 },
      "users/cleo/inbox/n1": { title: "Booked" },
      "feeds/client_cleo/events/e1": { type: "session:booked" },
      "feeds/public/events/e1": { type: "match:started" },
      "presence/c1": { user_id: "cleo", seen_at: Timestamp.now() },
    };
    await Promise.all(
      Object.entries(documents).map(([path, data]) => setDoc(doc(database, path), data)),
    );
  });
});

after(() => environment?.cleanup());

const visitor = () => environment.unauthenticatedContext().firestore();
const user = (uid, claims) => environment.authenticatedContext(uid, claims).firestore();
const admin = () => user("root", { role: "admin" });

test("trainers are public to read and closed to write", async () => {
  await assertSucceeds(getDoc(doc(visitor(), "trainers/ana")));
  await assertSucceeds(getDoc(doc(visitor(), "trainers/ana/days/2030-01-01")));
  await assertFails(setDoc(doc(visitor(), "trainers/ana"), { name: "Eve" }));
  await assertFails(setDoc(doc(user("ana"), "trainers/ana"), { name: "Anna" }));
  await assertFails(deleteDoc(doc(admin(), "trainers/ana")));
});

test("lists of trainers need a limit", async () => {
  const trainers = collection(visitor(), "trainers");
  await assertSucceeds(getDocs(query(trainers, limit(100))));
  await assertFails(getDocs(query(trainers, limit(101))));
  await assertFails(getDocs(trainers));
});

test("a booking is read by its client, its trainer and admins", async () => {
  for (const reader of [user("cleo"), user("ana"), admin()]) {
    await assertSucceeds(getDoc(doc(reader, "bookings/b1")));
  }
  for (const reader of [visitor(), user("dora"), user("ben"), user("eve", { role: "trainer" })]) {
    await assertFails(getDoc(doc(reader, "bookings/b1")));
  }
});

test("queries are judged by what they could find, not by what they find", async () => {
  const bookings = collection(user("cleo"), "bookings");
  const own = await assertSucceeds(getDocs(query(bookings, where("client_id", "==", "cleo"))));
  assert.deepEqual(own.docs.map((found) => found.id), ["b1"]);
  await assertFails(getDocs(query(bookings, where("client_id", "==", "nobody"))));
  await assertFails(getDocs(query(bookings, where("status", "==", "confirmed"))));
  await assertFails(getDocs(query(bookings, where("client_id", "in", ["cleo", "dora"]))));
  await assertFails(getDocs(bookings));
  await assertSucceeds(getDocs(collection(admin(), "bookings")));
  await assertSucceeds(getCountFromServer(query(bookings, where("client_id", "==", "cleo"))));
  await assertFails(getCountFromServer(bookings));
});

test("an inbox is its owner's", async () => {
  const inbox = (reader) => query(collection(reader, "users/cleo/inbox"), orderBy("title"));
  await assertSucceeds(getDocs(inbox(user("cleo"))));
  await assertFails(getDocs(inbox(user("dora"))));
  await assertFails(getDocs(inbox(admin())));
  await assertFails(deleteDoc(doc(user("cleo"), "users/cleo/inbox/n1")));
});

test("feeds are read by their audience", async () => {
  const events = (reader, audience) => getDocs(collection(reader, `feeds/${audience}/events`));
  await assertSucceeds(events(visitor(), "public"));
  await assertSucceeds(events(user("cleo"), "client_cleo"));
  await assertFails(events(user("dora"), "client_cleo"));
  await assertFails(events(visitor(), "client_cleo"));
  await assertSucceeds(events(admin(), "admin"));
});

test("health is for admins", async () => {
  const relay = (reader) => getDoc(doc(reader, "health/relay"));
  await assertSucceeds(relay(admin()));
  await assertFails(relay(user("cleo")));
  await assertFails(relay(visitor()));
  await assertFails(setDoc(doc(admin(), "health/relay"), {}));
});

test("read marks hold the server's time and nothing else", async () => {
  const mark = (uid) => doc(user(uid), "users/cleo/marks/m1");
  await assertSucceeds(setDoc(mark("cleo"), { read_at: serverTimestamp() }));
  await assertFails(setDoc(mark("dora"), { read_at: serverTimestamp() }));
  await assertFails(setDoc(mark("cleo"), { read_at: Timestamp.fromMillis(0) }));
  await assertFails(setDoc(mark("cleo"), { read_at: serverTimestamp(), note: "x" }));
  await assertSucceeds(deleteDoc(mark("cleo")));
});

test("presence is written by its user, who cannot pass it on", async () => {
  const entry = { user_id: "cleo", place: "board", seen_at: serverTimestamp() };
  await assertSucceeds(setDoc(doc(user("cleo"), "presence/c2"), entry));
  await assertFails(setDoc(doc(user("dora"), "presence/c3"), entry));
  await assertFails(setDoc(doc(user("cleo"), "presence/c4"), { ...entry, place: "x".repeat(201) }));
  const own = doc(user("cleo"), "presence/c1");
  await assertSucceeds(updateDoc(own, { hidden: true, seen_at: serverTimestamp() }));
  await assertFails(updateDoc(own, { user_id: "dora", seen_at: serverTimestamp() }));
  await assertFails(deleteDoc(doc(user("dora"), "presence/c1")));
  await assertSucceeds(deleteDoc(own));
});

test("one denied write refuses the whole batch", async () => {
  const database = user("cleo");
  const batch = writeBatch(database)
    .set(doc(database, "users/cleo/marks/m1"), { read_at: serverTimestamp() })
    .set(doc(database, "trainers/ana"), { name: "Eve" });
  await assertFails(batch.commit());
  const mark = await getDoc(doc(database, "users/cleo/marks/m1")).catch(() => undefined);
  assert.equal(mark?.exists(), false);
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

test("listeners are held to the rules, from the start and when a change takes a document away", async () => {
  const refusal = (reference) =>
    new Promise((resolve, reject) => {
      onSnapshot(reference, () => reject(new Error("the listener was served")), resolve);
    });
  assert.equal((await refusal(doc(user("dora"), "bookings/b1"))).code, "permission-denied");
  assert.equal((await refusal(collection(user("dora"), "bookings"))).code, "permission-denied");

  const seen = [];
  const events = new EventEmitter();
  const lost = new Promise((resolve) => {
    const told = (found) => {
      seen.push(found.data().client_id);
      events.emit("first");
    };
    const refused = (error) => {
      events.emit("first");
      resolve(error);
    };
    onSnapshot(doc(user("cleo"), "bookings/b1"), told, refused);
  });
  await once(events, "first");
  await environment.withSecurityRulesDisabled((context) =>
    setDoc(doc(context.firestore(), "bookings/b1"), { client_id: "dora", trainer_id: "ana" }),
  );
  assert.equal((await lost).code, "permission-denied");
  assert.deepEqual(seen, ["cleo"]);
});

test("a denial names the line that denied", async () => {
  const line = firestore.rules.split("\n").findIndex((text) => text.includes("allow list: if request.query.limit <= 100"));
  const error = await getDocs(query(collection(visitor(), "trainers"), limit(101))).catch((refused) => refused);
  assert.match(error.message, new RegExp(`false for 'list' @ L${line + 1}\\b`));
});

test("broken rules are refused with line and column", async () => {
  const rules = "rules_version = '2';\nservice cloud.firestore {\n  match /x/{id} { allow read: if ; }\n}";
  await assert.rejects(
    initializeTestEnvironment({ projectId: `${projectId}-broken`, firestore: { ...firestore, rules } }),
    (error) => String(error).includes("3:34"),
  );
});
