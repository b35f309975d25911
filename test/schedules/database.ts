import type { Database } from '../../src/database/database.ts'
import type { Resource } from './choice.ts'
import type { Scheduler } from './scheduler.ts'
import { statements } from './statements.ts'
import type { Arguments, Statement } from './statements.ts'
import { copyOf } from './tables.ts'
import type { Model, Row, Tables, Where } from './tables.ts'

/**
 * Prisma's client over tables in memory, for one request: every statement waits for the scheduler, and then happens at
 * once. A transaction is one step, as if the database were serialisable and no other statement ever ran inside it; what
 * it has changed is taken back where its work throws.
 */
export function createDatabase(tables: Tables, scheduler: Scheduler, by: string): Database {
  const said: string[] = []
  const touched: Resource[] = []
  const inside = models(async (model, name, args, statement) => {
    touched.push(...touchedBy(scheduler, by, model, name, args))
    const result = statement(tables, model, args)
    said.push(`${model}.${name}: ${tell(result)}`)
    return result
  })
  const outside = models((model, name, args, statement) => {
    const touches = touchedBy(scheduler, by, model, name, args)
    const whose = touches[0] && touches[0].name !== '*' ? ` of ${touches[0].name}` : ''
    const perform = () => statement(tables, model, args)
    return scheduler.call({ by, what: `${model}.${name}${whose}`, touches, perform, tell })
  })

  async function $transaction(work: (transaction: object) => Promise<unknown>): Promise<unknown> {
    const touches: Resource[] = []
    return scheduler.call({
      by,
      what: 'a transaction',
      touches,
      tell: () => said.splice(0).join('; '),
      async perform() {
        const before = copyOf(tables)
        try {
          return await work(inside)
        } catch (error) {
          Object.assign(tables, before)
          throw error
        } finally {
          touches.push(...touched.splice(0))
        }
      },
    })
  }

  // The few functions that are asked for; what is missing fails at its first call.
  return { ...outside, $transaction } as unknown as Database
}

type RunStatement = (
  model: Model,
  name: string,
  args: Arguments,
  statement: Statement,
) => Promise<unknown>

function models(run: RunStatement) {
  return { session: delegate('session', run), user: delegate('user', run) }
}

function delegate(model: Model, run: RunStatement) {
  const functions: Record<string, (args?: Arguments) => Promise<unknown>> = {}
  for (const name in statements) {
    const statement = statements[name]
    if (statement) functions[name] = (args = {}) => run(model, name, args, statement)
  }
  return functions
}

/** What a statement reads or writes, which may be said too widely and never too narrowly. */
function touchedBy(
  { nameOf }: Scheduler,
  by: string,
  model: Model,
  name: string,
  { where = {}, data, create, select }: Arguments,
): Resource[] {
  const row = name === 'create' ? (data as Row) : (create ?? where)
  const id = row['id']
  const all = typeof id !== 'string' ? '*' : model === 'session' ? nameOf(id, by) : id
  const writes = !/^(find|count)/.test(name)
  return [
    { kind: model, name: all, writes },
    ...(select?.['user'] ? [{ kind: 'user', name: '*', writes: false }] : []),
    ...alsoRead(where, (id) => nameOf(id, by)),
  ]
}

/** What a condition reads of another table. */
function alsoRead(where: Where, nameOf: (id: string) => string): Resource[] {
  const conditions = [where, ...(Array.isArray(where['AND']) ? (where['AND'] as Where[]) : [])]
  return conditions.flatMap(({ user, sessions }) => {
    const id = (sessions as { some: Where } | undefined)?.some['id']
    return [
      ...(user ? [{ kind: 'user', name: '*', writes: false }] : []),
      ...(sessions
        ? [{ kind: 'session', name: typeof id === 'string' ? nameOf(id) : '*', writes: false }]
        : []),
    ]
  })
}

function tell(result: unknown): string {
  if (result === null) return 'nothing'
  if (typeof result === 'number') return String(result)
  if (Array.isArray(result)) return `${result.length} rows`
  const { count } = result as { count?: number }
  return count === undefined ? 'a row' : `${count} rows`
}
