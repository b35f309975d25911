import { createHash } from 'node:crypto'
import { types } from 'pg'
import type { Pool, QueryConfig, QueryResult } from 'pg'
import { isAnswer } from './postgresql-client.ts'
import type { PostgresqlAddress } from './postgresql-url.ts'
import type { Row, Statement, Statements, Step, Value, Written } from './statements.ts'

/** Runs a statement: the pool, or the one connection of a transaction. */
interface Queryable {
  query(config: QueryConfig): Promise<QueryResult>
}

/**
 * Prepared statements on PostgreSQL, by name through `pool`. A pooler that lends out connections for one transaction loses
 * them. Once a server does not know a name that this process has prepared, the process names no statement any more, and the
 * server parses each of them anew.
 */
export function createPostgresqlStatements(
  pool: Pool,
  { schema, keepsStatements }: PostgresqlAddress,
  onStatement: (sql: string) => void = () => {},
): Statements {
  const known = new Map<Statement<Row>, { readonly text: string; readonly name: string }>()
  let isNaming = keepsStatements

  return {
    first: async (statement, values) => {
      const { rows } = await askPool<NonNullable<typeof statement.result>>(statement, values)
      return rows[0] ?? null
    },
    all: async (statement, values) =>
      (await askPool<NonNullable<typeof statement.result>>(statement, values)).rows,
    write: (statement, values) => askPool(statement, values),
    transaction: (work) => againUnnamed(() => transact(work)),
  }

  function askPool<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Promise<Written<Result>> {
    return againUnnamed(() => ask(pool, statement, values))
  }

  async function ask<Result extends Row>(
    queryable: Queryable,
    statement: Statement<Result>,
    values: readonly Value[],
  ): Promise<Written<Result>> {
    const { text, name } = inSchema(statement)
    onStatement(text)
    const { rows, rowCount } = await queryable.query({
      text,
      values: values.map(bound),
      types: parsers,
      ...(isNaming && !statement.isPlannedAnew && { name }),
    })
    return { count: rowCount ?? 0, rows }
  }

  async function transact<Result>(
    work: () => Generator<Step, Result, Written<Row>>,
  ): Promise<Result> {
    const client = await pool.connect()
    let broken = false
    try {
      await client.query({ text: 'BEGIN' }) // boundStatements adds how long the transaction may take
      const steps = work()
      let step = steps.next()
      while (!step.done)
        step = steps.next(await ask(client, step.value.statement, step.value.values))
      await client.query({ text: 'COMMIT' })
      return step.value
    } catch (error) {
      broken = !(await rolledBack(() => client.query({ text: 'ROLLBACK' })))
      throw error
    } finally {
      client.release(broken)
    }
  }

  /** Runs `work` again without names where the server does not know one: it refuses such a name before it does anything. */
  async function againUnnamed<Result>(work: () => Promise<Result>): Promise<Result> {
    const wasNaming = isNaming
    try {
      return await work()
    } catch (error) {
      if (!wasNaming || !isLostName(error)) throw error
      isNaming = false
      return work()
    }
  }

  /**
   * Names the schema in the statement, because a pooler's connection may look for tables elsewhere. Poolers share connections
   * between programs too, so a statement has the same name in every process, and another one in another schema.
   */
  function inSchema(statement: Statement<Row>) {
    const found = known.get(statement)
    if (found) return found
    const text = statement.sql.replaceAll(/\b(FROM|JOIN|INTO|UPDATE) "/g, `$1 "${schema}"."`)
    const hash = createHash('sha256').update(text).digest('hex')
    const made = { text, name: `coatcheck_${hash.slice(0, 24)}` }
    known.set(statement, made)
    return made
  }
}

async function rolledBack(rollback: () => Promise<unknown>): Promise<boolean> {
  try {
    await rollback()
    return true
  } catch {
    return false // the connection is gone, and the transaction with it
  }
}

/** Has the connection lost a prepared statement, or does it have one of that name already? By SQLSTATE. */
function isLostName(error: unknown): boolean {
  return isAnswer(error) && ['26000', '42P05'].includes((error as { code: string }).code)
}

/** An instant in UTC, as our columns have it without a time zone. The driver by itself would write local time. */
function bound(value: Value): Value {
  return value instanceof Date ? value.toISOString() : value
}

const parser: Readonly<Record<number, (text: string) => number>> = {
  [types.builtins.TIMESTAMP]: (text) => Date.parse(`${text.replace(' ', 'T')}Z`),
  [types.builtins.BOOL]: (text) => (text === 't' ? 1 : 0),
  [types.builtins.INT8]: Number,
}

const parsers: QueryConfig['types'] = {
  getTypeParser: ((oid: number, format: 'text') =>
    parser[oid] ?? types.getTypeParser(oid, format)) as typeof types.getTypeParser,
}
