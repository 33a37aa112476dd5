// A client in Node, where the SDK speaks gRPC: does the rounds of its calls and prints what it saw as JSON.
import { initializeApp } from "firebase/app";
import {
  collection, connectFirestoreEmulator, disableNetwork, doc, enableNetwork, getAggregateFromServer, getFirestore,
  increment, onSnapshot, runTransaction, setDoc, sum, terminate, waitForPendingWrites,
} from "firebase/firestore";

const [project, address] = process.argv.slice(2);
const [host, port] = address.split(":");
const db = getFirestore(initializeApp({ projectId: project }));
connectFirestoreEmulator(db, host, Number(port));
const rooms = collection(db, "rooms");

const until = condition =>
  new Promise((resolve, reject) => {
    const stop = onSnapshot(
      rooms,
      { includeMetadataChanges: true },
      snapshot => condition(snapshot) && resolve(() => stop()),
      reject,
    );
  });

const seen = {};
await setDoc(doc(rooms, "a"), { seats: 1 });
(await until(all => all.size === 1 && !all.metadata.fromCache))();
seen.left = await runTransaction(db, async transaction => {
  const room = await transaction.get(doc(rooms, "a"));
  transaction.update(room.ref, { seats: room.data().seats + 4 });
  return room.data().seats + 4;
});
await disableNetwork(db);
const written = setDoc(doc(rooms, "b"), { seats: increment(2) });
await enableNetwork(db);
await written;
await waitForPendingWrites(db);
(await until(all => all.size === 2 && !all.metadata.hasPendingWrites && !all.metadata.fromCache))();
seen.sum = (await getAggregateFromServer(rooms, { seats: sum("seats") })).data().seats;
console.log(JSON.stringify(seen));
await terminate(db);
process.exit(0);
