// A web client for tests: the SDK's functions as globals, and a record of what listeners were shown.
import { initializeApp } from "firebase/app";
import * as firestore from "firebase/firestore";

Object.assign(window, firestore);
window.seen = {};

const caches = {
  memory: () => firestore.memoryLocalCache(),
  indexeddb: () =>
    firestore.persistentLocalCache({ tabManager: firestore.persistentMultipleTabManager() }),
};
let apps = 0;

window.connect = ({ project, address, database = "(default)", cache = "memory", settings = {}, user }) => {
  const app = initializeApp({ projectId: project, apiKey: "none" }, `app-${(apps += 1)}`);
  const localCache = caches[cache]();
  window.db = firestore.initializeFirestore(app, { localCache, ...settings }, database);
  const [host, port] = address.split(":");
  firestore.connectFirestoreEmulator(db, host, Number(port), user ? { mockUserToken: user } : {});
  return db;
};

const shown = (snapshot) => ({
  documents: snapshot.docs
    ? Object.fromEntries(snapshot.docs.map((document) => [document.id, document.data()]))
    : snapshot.data() ?? null,
  changes: snapshot.docChanges?.().map((change) => [change.type, change.doc.id]),
  pending: snapshot.metadata.hasPendingWrites,
  cached: snapshot.metadata.fromCache,
});

// Records what a listener is shown under a name; the last entry is what the screen has now.
window.watch = (name, target) => {
  const entries = (seen[name] = []);
  window.stop = firestore.onSnapshot(
    target,
    { includeMetadataChanges: true },
    (snapshot) => entries.push(shown(snapshot)),
    (error) => entries.push({ error: error.code, message: error.message }),
  );
};
window.ready = true;
