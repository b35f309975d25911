import type { Database } from '../../src/database/database.ts'
import type { Resource } from './choice.ts'
import type { Scheduler } from './scheduler.ts'
import { createStatements } from './prepared.ts'
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
    const touches = touchedBy(scheduler, by, model, name, args)
    const before = movedBy(scheduler, by, tables, touches)
    const result = statement(tables, model, args)
    touched.push(...touches, ...before, ...movedBy(scheduler, by, tables, touches))
    said.push(`${model}.${name}: ${tell(result)}`)
    return result
  })
  const outside = models((model, name, args, statement) => {
    const touches = touchedBy(scheduler, by, model, name, args)
    const whose = touches[0] && touches[0].name !== '*' ? ` of ${touches[0].name}` : ''
    const perform = () => {
      const before = movedBy(scheduler, by, tables, touches)
      const result = statement(tables, model, args)
      touches.push(...before, ...movedBy(scheduler, by, tables, touches))
      return result
    }
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
  const statements = createStatements(
    outside as unknown as Database,
    (work) => $transaction((within) => work(within as Database)) as never,
  )
  return { ...outside, $transaction, statements } as unknown as Database
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
  const writes = !/^(find|count)/.test(name) && !isNoted(data)
  const rows = about(name === 'create' ? (data as Row) : (create ?? where))
  const isKnown = rows?.every(({ isMoved }) => !writes || !isMoved)
  const own = (isKnown && rows ? rows : anyRow).map(({ id, isMoved }) => ({
    kind: isMoved ? 'moved' : model,
    name: id === '*' || model === 'user' ? id : nameOf(id, by),
    writes,
  }))
  return [
    ...own,
    ...(select?.['user'] ? [{ kind: 'user', name: '*', writes: false }] : []),
    ...alsoRead(where, (id) => nameOf(id, by)),
  ]
}

/** Is it only noted down when a user has logged in? No request asks for that, so that no order of it makes a difference. */
function isNoted(data: Arguments['data']): boolean {
  return data !== undefined && Object.keys(data).every((column) => column === 'lastLogin')
}

/** A row, by its id, or where `isMoved` by the id of the session whose place it has taken. */
interface Named {
  readonly id: string
  readonly isMoved: boolean
}

const anyRow: readonly Named[] = [
  { id: '*', isMoved: false },
  { id: '*', isMoved: true },
]

/** Which rows a condition is about; null where it may be any. */
function about({ id, previousId, AND, OR }: Where): Named[] | null {
  if (typeof id === 'string') return [{ id, isMoved: false }]
  if (typeof previousId === 'string') return [{ id: previousId, isMoved: true }]
  if (Array.isArray(AND)) return AND.map(about).find((rows) => rows !== null) ?? null
  if (!Array.isArray(OR)) return null
  const all = (OR as Where[]).map(about)
  return all.some((rows) => rows === null) ? null : all.flatMap((rows) => rows ?? [])
}

/** A write to a row is one to what is asked for as the session that came after another. */
function movedBy({ nameOf }: Scheduler, by: string, tables: Tables, touches: readonly Resource[]) {
  return [...tables.session].flatMap(([id, { previousId }]): Resource[] => {
    const isWritten = touches.some(
      ({ kind, name, writes }) => writes && kind === 'session' && name === nameOf(id, by),
    )
    if (!isWritten || typeof previousId !== 'string') return []
    return [{ kind: 'moved', name: nameOf(previousId, by), writes: true }]
  })
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
