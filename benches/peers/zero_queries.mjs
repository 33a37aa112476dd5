// Tells zero-cache which rows a client's query means: all of them.
//     node zero_queries.mjs PORT

import { createServer } from 'node:http';
import { mustGetQuery } from '@rocicorp/zero';
import { handleQueryRequest } from '@rocicorp/zero/server';
import { queries, schema } from './zero_rows.mjs';

const read = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
};

createServer(async (request, response) => {
  const answer = await handleQueryRequest({
    handler: (name, args) => mustGetQuery(queries, name).fn({ args, ctx: undefined }),
    schema,
    userID: 'viewer',
    query: new URL(request.url, 'http://bench').searchParams,
    body: await read(request),
  });
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(answer));
}).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('serving'));
