// Socket.IO clients in one process, on WebSockets, that come back as soon as they can.
//     node socket_clients.mjs PORT LISTENERS

import { io } from 'socket.io-client';
import { Seen, report } from './seen.mjs';

const [port, count] = process.argv.slice(2).map(Number);
const listeners = Array.from({ length: count }, () => new Seen());
await Promise.all(
  listeners.map(
    (seen) =>
      new Promise((connected) => {
        const socket = io(`http://127.0.0.1:${port}`, {
          transports: ['websocket'],
          forceNew: true,
          reconnectionDelay: 50,
          reconnectionDelayMax: 50,
        });
        socket.on('row', ({ id, version }) => seen.note(id, version));
        socket.on('connect', connected);
      }),
  ),
);
report(listeners);
