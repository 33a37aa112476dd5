// Zero clients in one process, each with a store of its own in memory and the same query open.
//     node zero_clients.mjs PORT LISTENERS

import { Zero } from '@rocicorp/zero';
import { Seen, report } from './seen.mjs';
import { queries, schema } from './zero_rows.mjs';

const [port, count] = process.argv.slice(2).map(Number);
const listeners = Array.from({ length: count }, () => new Seen());
await Promise.all(
  listeners.map(
    (seen) =>
      new Promise((complete) => {
        const zero = new Zero({
          cacheURL: `http://127.0.0.1:${port}`,
          userID: 'viewer',
          kvStore: 'mem',
          logSink: { log() {} }, // outages are measured, not news
          schema,
        });
        zero.materialize(queries.rows()).addListener((data, resultType) => {
          for (const row of data) seen.note(row.id, row.version);
          if (resultType === 'complete') complete();
        });
      }),
  ),
);
report(listeners);
