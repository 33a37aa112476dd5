// Random documents and queries from a seed: what the server finds, beside what the SDK finds in a full cache.
import {
  and, Bytes, collection, doc, endAt, endBefore, GeoPoint, getDocsFromCache, getDocsFromServer, limit,
  limitToLast, onSnapshot, or, orderBy, query, startAfter, startAt, Timestamp, where, writeBatch,
} from "firebase/firestore";

const generator = seed => () => (seed = (seed * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32;

class Random {
  constructor(seed) {
    this.next = generator(seed);
  }
  chance(probability) {
    return this.next() < probability;
  }
  below(count) {
    return Math.floor(this.next() * count);
  }
  pick(list) {
    return list[this.below(list.length)];
  }
  many(count, make) {
    return Array.from({ length: count }, make);
  }
}

const FIELDS = ["a", "b", "c.d"];
const OPERATORS = ["==", "==", "!=", "<", "<=", ">", ">=", "in", "not-in", "array-contains", "array-contains-any"];

const bytes = list => Bytes.fromUint8Array(new Uint8Array(list));

// Without -0: the SDK takes it for another value than 0 in some of its comparisons.
const values = db => [
  null, NaN, true, false, -Infinity, -1, 0, 1, 1.5, 2, 3, Number.MAX_SAFE_INTEGER,
  "", "a", "aa", "b", "é", "😀", "\uffff",
  new Timestamp(1, 0), new Timestamp(1, 1000), ...[[1], [1, 0]].map(bytes),
  doc(db, "x/a"), doc(db, "x/b"), new GeoPoint(1, 2), new GeoPoint(1, 3),
  [], [1], [1, 2], ["a"], {}, { k: 1 }, { k: 1, l: 2 }, { l: 0 },
];

const randomDocument = (random, pool) => {
  const made = {};
  if (random.chance(0.9)) made.a = random.chance(0.5) ? random.below(5) : random.pick(pool);
  if (random.chance(0.4)) made.b = random.many(random.below(4), () => random.below(4));
  else if (random.chance(0.7)) made.b = random.pick(pool);
  if (random.chance(0.6)) made.c = { d: random.chance(0.5) ? random.below(3) : random.pick(pool) };
  return made;
};

const randomValue = (random, pool) => (random.chance(0.6) ? random.below(5) : random.pick(pool));

const randomFilter = (random, pool) => {
  const operator = random.pick(OPERATORS);
  const value = () => randomValue(random, pool);
  const operand = /in$|any$/.test(operator) ? random.many(1 + random.below(4), value) : value();
  return where(random.pick(FIELDS), operator, operand);
};

// The parts of a query; what the SDK refuses throws.
const randomParts = (random, pool) => {
  const filters = random.many(random.pick([0, 1, 1, 2, 2, 3]), () => randomFilter(random, pool));
  const parts = [];
  const either = () => random.pick([and, or]);
  if (filters.length === 3) parts.push(either()(filters[0], either()(filters[1], filters[2])));
  else if (filters.length === 2 && random.chance(0.4)) parts.push(or(...filters));
  else if (filters.length) parts.push(and(...filters));
  const order = () => orderBy(random.pick(FIELDS), random.pick(["asc", "desc"]));
  const orders = random.many(random.pick([0, 0, 1, 1, 2]), order);
  parts.push(...orders);
  for (const bounds of [[startAt, startAfter], [endAt, endBefore]]) {
    if (orders.length && random.chance(0.2)) {
      const cursor = random.many(1 + random.below(orders.length), () => randomValue(random, pool));
      parts.push(random.pick(bounds)(...cursor));
    }
  }
  const limits = orders.length ? [limit, limitToLast] : [limit];
  if (random.chance(0.3)) parts.push(random.pick(limits)(1 + random.below(6)));
  return parts;
};

const ids = found => found.docs.map(document => document.id);

// Queries that the SDK or the server refuse are left out; the rest comes as [description, server, cache].
// Two clients, because one whose cache differs from what the server finds would wait for them to agree.
window.compareQueries = async ([cached, empty], seed, count) => {
  const random = new Random(seed);
  const rooms = collection(cached, `rooms${seed}`);
  const pool = values(cached);
  const batch = writeBatch(cached);
  for (let i = 0; i < 60; i += 1) batch.set(doc(rooms, `r${i}`), randomDocument(random, pool));
  await batch.commit();
  await new Promise(resolve => {
    const take = ({ metadata }) => !metadata.fromCache && !metadata.hasPendingWrites && resolve();
    onSnapshot(rooms, { includeMetadataChanges: true }, take);
  });
  const compared = [];
  let refused = 0;
  for (let i = 0; i < count; i += 1) {
    let parts, asked;
    try {
      parts = randomParts(random, pool);
      asked = query(rooms, ...parts);
    } catch (error) {
      continue;
    }
    const [server, cache] = await Promise.all([
      getDocsFromServer(query(collection(empty, rooms.path), ...parts)).then(ids, error => error.code),
      getDocsFromCache(asked).then(ids),
    ]);
    if (typeof server === "string") refused += 1;
    else compared.push([JSON.stringify(asked._query), server, cache]);
  }
  return { compared, refused };
};
