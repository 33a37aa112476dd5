// Asks every case of the matrix (CASES, a JSON file) through the JavaScript SDK, and prints what became of each:
// "allowed", "denied", or the error that is neither.
import { readFileSync } from "node:fs";
import { initializeTestEnvironment } from "@firebase/rules-unit-testing";
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getDocFromServer,
  getDocsFromServer,
  limit,
  orderBy,
  query,
  serverTimestamp,
  setDoc,
  setLogLevel,
  Timestamp,
  where,
} from "firebase/firestore";

const [host, port] = process.env.FIRESTORE_EMULATOR_HOST.split(":");
const rules = readFileSync(process.env.RULES_FILE, "utf8");
const { documents, actors, cases } = JSON.parse(readFileSync(process.env.CASES, "utf8"));
setLogLevel("silent");

const environment = await initializeTestEnvironment({
  projectId: process.env.PROJECT,
  firestore: { host, port: Number(port), rules },
});

function fieldsOf(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(value) {
  switch (value?.moment) {
    case "fixed":
      return new Timestamp(value.seconds, 0);
    case "from now":
      return Timestamp.fromMillis(Date.now() + value.minutes * 60_000);
    case "server time":
      return serverTimestamp();
    default:
      return value;
  }
}

function queryOf(database, { collection: path, is_group, filters, order, limit: most }) {
  return query(
    is_group ? collectionGroup(database, path) : collection(database, path),
    ...filters.map(([field, operator, value]) => where(field, operator, value)),
    ...(order === null ? [] : [orderBy(order)]),
    ...(most === null ? [] : [limit(most)]),
  );
}

async function outcome(attempt) {
  try {
    await attempt;
    return "allowed";
  } catch (error) {
    return error.code === "permission-denied" ? "denied" : String(error);
  }
}

function attempt(database, { operation, where: path, fields, query: asked }) {
  switch (operation) {
    case "get":
      return getDocFromServer(doc(database, path));
    case "list":
      return getDocsFromServer(queryOf(database, asked));
    case "delete":
      return deleteDoc(doc(database, path));
    default:
      return setDoc(doc(database, path), fieldsOf(fields));
  }
}

const outcomes = new Array(cases.length);
const contexts = Object.fromEntries(
  Object.entries(actors).map(([name, claims]) => [
    name,
    (claims === null
      ? environment.unauthenticatedContext()
      : environment.authenticatedContext(name, claims)
    ).firestore(),
  ]),
);
const numbered = cases.map((asked, number) => ({ ...asked, number }));
const reads = numbered.filter(({ operation }) => operation === "get" || operation === "list");
const writes = numbered.filter(({ operation }) => operation !== "get" && operation !== "list");

await environment.withSecurityRulesDisabled(async (owner) => {
  const database = owner.firestore();
  const restore = (path) => {
    const reference = doc(database, path);
    return path in documents ? setDoc(reference, fieldsOf(documents[path])) : deleteDoc(reference);
  };
  await Promise.all(Object.keys(documents).map(restore));

  await Promise.all(
    Object.entries(contexts).map(async ([actor, client]) => {
      for (const asked of reads.filter((read) => read.actor === actor)) {
        outcomes[asked.number] = await outcome(attempt(client, asked));
      }
    }),
  );
  // One after another: each finds the documents as they are declared.
  for (const asked of writes) {
    outcomes[asked.number] = await outcome(attempt(contexts[asked.actor], asked));
    if (outcomes[asked.number] === "allowed") await restore(asked.where);
  }
});
await environment.cleanup();
process.stdout.write(JSON.stringify(outcomes));
