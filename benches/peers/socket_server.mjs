// What a team would write by hand: LISTEN to Postgres, send what it says to every socket.
//     node socket_server.mjs DATABASE_URL PORT

import { createServer } from 'node:http';
import pg from 'pg';
import { Server } from 'socket.io';

const [url, port] = process.argv.slice(2);
const http = createServer();
const io = new Server(http, { serveClient: false });
const client = new pg.Client({ connectionString: url });
await client.connect();
client.on('notification', ({ payload }) => io.emit('row', JSON.parse(payload)));
await client.query('LISTEN rows_changed');
http.listen(Number(port), '127.0.0.1', () => console.log('serving'));
