import type { Pool, QueryResult } from 'pg'
import { isAnswer } from './postgresql-client.ts'
import { fromTables, tablesIn } from './postgresql-tables.ts'

/** Our tables that grow, and in which statements look for a row by its key. */
const tables = ['User', 'Session', 'AuditEvent', 'Attempt']

/** How many pages each of them has, and had when PostgreSQL last analyzed it: 0 where it never did. */
const sizes = `SELECT relname AS name, relpages AS known,
  CAST(pg_relation_size(oid) / current_setting('block_size')::int AS double precision) AS pages
  ${fromTables}`

/** A table is due for a look once it is so many times as large as its statistics say. */
const growth = 10

/**
 * Gives the function that has PostgreSQL analyze those of our tables that are ten times as large as when it last did, and says
 * how many those were. PostgreSQL's autovacuum comes up to a minute later, or never. Until then a connection keeps the plans
 * that it made for a table of a few rows, which read all of it to find one. An analysis ends such plans on all connections, those
 * behind a pooler too. The function asks for one analysis of a table for each tenfold, even if that fails. Where the database
 * refuses to say how large its tables are, it does not ask again, and gives 0.
 */
export function createStatistics(
  pool: Pool,
  schema: string,
  onStatement: (sql: string) => void = () => {},
): () => Promise<number> {
  const looked = new Map<string, number>()
  let isRefused = false

  return async () => {
    if (isRefused) return 0
    try {
      return await lookAtGrown()
    } catch (error) {
      if (!isAnswer(error)) throw error
      isRefused = true
      return 0
    }
  }

  async function lookAtGrown(): Promise<number> {
    const values = tablesIn(schema, tables)
    const { rows } = await ask<{ name: string; known: number; pages: number }>(sizes, values)
    const grown = rows.filter(
      ({ name, known, pages }) => pages >= growth * Math.max(1, known, looked.get(name) ?? 0),
    )
    for (const { name, pages } of grown) {
      looked.set(name, pages)
      // It skips a table that another process or a vacuum is at work on: what that one learns is as good.
      await ask(`ANALYZE (SKIP_LOCKED) "${schema}"."${name}"`)
    }
    return grown.length
  }

  function ask<Row extends object>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    onStatement(text)
    return pool.query<Row>({ text, values: [...values] })
  }
}
