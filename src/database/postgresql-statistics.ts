import type { Pool, QueryResult } from 'pg'
import { isAnswer } from './postgresql-client.ts'

/** Our tables that grow, and in which statements look for a row by its key. */
const tables = ['User', 'Session', 'AuditEvent', 'Attempt']

/** How many pages each of them has, and had when PostgreSQL last looked: 0 where it never did. */
const sizes = `SELECT relname AS name, relpages AS known,
  CAST(pg_relation_size(oid) / current_setting('block_size')::int AS double precision) AS pages
  FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relname = ANY($2) AND relkind = 'r'`

/** A table that is so many times as large as its statistics say is looked at. */
const growth = 10

/**
 * Has PostgreSQL look at those of our tables that are ten times as large as when it last did, and says how many those were: its
 * autovacuum comes up to a minute later, or never. Until then a connection keeps the plans that it has made for a table of a few
 * rows, which read all of it to find one. What PostgreSQL learns ends them on all connections, those behind a pooler too. Each table is looked
 * at once for each tenfold, also where that fails, and a database that has no such sizes is not asked again.
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
    const values = [`"${schema}"`, tables]
    const { rows } = await ask<{ name: string; known: number; pages: number }>(sizes, values)
    const grown = rows.filter(
      ({ name, known, pages }) => pages >= growth * Math.max(1, known, looked.get(name) ?? 0),
    )
    for (const { name, pages } of grown) {
      looked.set(name, pages)
      // Where another process or a vacuum is at it, that one's look is as good.
      await ask(`ANALYZE (SKIP_LOCKED) "${schema}"."${name}"`)
    }
    return grown.length
  }

  function ask<Row extends object>(text: string, values?: unknown[]): Promise<QueryResult<Row>> {
    onStatement(text)
    return pool.query<Row>({ text, ...(values && { values }) })
  }
}
