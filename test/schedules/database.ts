import type { Database } from '../../src/database/database.ts'
import type { Resource, Scheduler } from './scheduler.ts'
import { blank, changed, copyOf, rowsOf } from './tables.ts'
import type { Model, Row, Tables, Where } from './tables.ts'

/** What the statements of Prisma are given, as far as the code under test uses it. */
interface Arguments {
  readonly where?: Where
  readonly data?: Row | readonly Row[]
  readonly create?: Row
  readonly update?: Row
  readonly select?: Readonly<Record<string, unknown>>
  readonly take?: number
  readonly limit?: number
  readonly orderBy?: object
}

type Statement = (tables: Tables, model: Model, args: Arguments) => unknown

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
  const outside = models((model, name, args, statement) =>
    scheduler.call({
      by,
      what: `${model}.${name}`,
      touches: touchedBy(scheduler, by, model, name, args),
      perform: () => statement(tables, model, args),
      tell,
    }),
  )

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
  { where = {}, data, create }: Arguments,
): Resource[] {
  const row = name === 'create' ? (data as Row) : (create ?? where)
  const id = row['id']
  const all = typeof id !== 'string' ? '*' : model === 'session' ? nameOf(id, by) : id
  const writes = !/^(find|count)/.test(name)
  return [{ kind: model, name: all, writes }, ...alsoRead(where, (id) => nameOf(id, by))]
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

const statements: Readonly<Record<string, Statement>> = {
  findUnique: first,
  findFirst: first,

  findUniqueOrThrow(tables, model, args) {
    return first(tables, model, args) ?? missing()
  },

  findMany(tables, model, { where, select, take = Infinity }) {
    return sorted(rowsOf(tables, model, where))
      .slice(0, take)
      .map((row) => pick(row, select))
  },

  count: (tables, model, { where }) => rowsOf(tables, model, where).length,

  create(tables, model, { data, select }) {
    return pick(insert(tables, model, data as Row), select)
  },

  upsert(tables, model, { where, create, update, select }) {
    const [row] = rowsOf(tables, model, where)
    const next = row
      ? replace(tables, model, row, update ?? {})
      : insert(tables, model, create ?? {})
    return pick(next, select)
  },

  update(tables, model, { where, data, select }) {
    const [row] = rowsOf(tables, model, where)
    return pick(replace(tables, model, row ?? missing(), data as Row), select)
  },

  updateMany(tables, model, args) {
    return { count: updateAll(tables, model, args).length }
  },

  updateManyAndReturn(tables, model, args) {
    return updateAll(tables, model, args).map((row) => pick(row, args.select))
  },

  deleteMany(tables, model, { where, limit = Infinity }) {
    const rows = sorted(rowsOf(tables, model, where)).slice(0, limit)
    for (const { id } of rows) tables[model].delete(String(id))
    return { count: rows.length }
  },
}

function first(tables: Tables, model: Model, { where, select }: Arguments): Row | null {
  const [row] = rowsOf(tables, model, where)
  return row ? pick(row, select) : null
}

function updateAll(
  tables: Tables,
  model: Model,
  { where, data, limit = Infinity }: Arguments,
): Row[] {
  const rows = sorted(rowsOf(tables, model, where)).slice(0, limit)
  return rows.map((row) => replace(tables, model, row, data as Row))
}

function insert(tables: Tables, model: Model, data: Row): Row {
  const id = String(data['id'])
  if (tables[model].has(id)) throw Object.assign(new Error('The id is taken.'), { code: 'P2002' })
  return replace(tables, model, { ...blank[model], id }, data)
}

function replace(tables: Tables, model: Model, row: Row, data: Row): Row {
  const next = changed(row, data)
  tables[model].set(String(next['id']), next)
  return next
}

function pick(row: Row, select?: Arguments['select']): Row {
  if (!select) return row
  const columns = Object.keys(select).filter((column) => select[column] === true)
  return Object.fromEntries(columns.map((column) => [column, row[column]]))
}

function sorted(rows: Row[]): Row[] {
  return rows.sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))
}

function missing(): never {
  throw Object.assign(new Error('There is no such row.'), { code: 'P2025' })
}

function tell(result: unknown): string {
  if (result === null) return 'nothing'
  if (typeof result === 'number') return String(result)
  if (Array.isArray(result)) return `${result.length} rows`
  const { count } = result as { count?: number }
  return count === undefined ? 'a row' : `${count} rows`
}
