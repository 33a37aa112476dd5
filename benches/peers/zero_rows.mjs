// The table of the bench as Zero knows it, and the query that every client has open.

import { createBuilder, createSchema, defineQueries, defineQuery, number, string, table } from '@rocicorp/zero';

const rows = table('rows').columns({ id: string(), version: number(), body: string() }).primaryKey('id');

export const schema = createSchema({ tables: [rows] });
export const queries = defineQueries({ rows: defineQuery(() => createBuilder(schema).rows) });
