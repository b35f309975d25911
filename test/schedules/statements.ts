import { blank, changed, comparable, rowsOf } from './tables.ts'
import type { Model, Row, Tables, Where } from './tables.ts'

/** What the statements of Prisma are given, as far as the code under test uses it. */
export interface Arguments {
  readonly where?: Where
  readonly data?: Row | readonly Row[]
  readonly create?: Row
  readonly update?: Row
  readonly select?: Readonly<Record<string, unknown>>
  readonly take?: number
  readonly skip?: number
  readonly limit?: number
  readonly orderBy?: Order | readonly Order[]
}

type Order = Readonly<Record<string, 'asc' | 'desc'>>

/** One statement, carried out at once. */
export type Statement = (tables: Tables, model: Model, args: Arguments) => unknown

/** Prisma's statements by their names, as far as the code under test uses them. */
export const statements: Readonly<Record<string, Statement>> = {
  findUnique: first,
  findFirst: first,

  findUniqueOrThrow(tables, model, args) {
    return first(tables, model, args) ?? missing()
  },

  findMany(tables, model, { where, select, orderBy, skip = 0, take = Infinity }) {
    return sorted(rowsOf(tables, model, where), orderBy)
      .slice(skip, skip + take)
      .map((row) => pick(tables, row, select))
  },

  count: (tables, model, { where }) => rowsOf(tables, model, where).length,

  create(tables, model, { data, select }) {
    return pick(tables, insert(tables, model, data as Row), select)
  },

  upsert(tables, model, { where, create, update, select }) {
    const [row] = rowsOf(tables, model, where)
    const next = row
      ? replace(tables, model, row, update ?? {})
      : insert(tables, model, create ?? {})
    return pick(tables, next, select)
  },

  update(tables, model, { where, data, select }) {
    const [row] = rowsOf(tables, model, where)
    return pick(tables, replace(tables, model, row ?? missing(), data as Row), select)
  },

  updateMany(tables, model, args) {
    return { count: updateAll(tables, model, args).length }
  },

  updateManyAndReturn(tables, model, args) {
    return updateAll(tables, model, args).map((row) => pick(tables, row, args.select))
  },

  deleteMany(tables, model, { where, limit = Infinity }) {
    const rows = sorted(rowsOf(tables, model, where)).slice(0, limit)
    for (const { id } of rows) tables[model].delete(String(id))
    return { count: rows.length }
  },
}

function first(
  tables: Tables,
  model: Model,
  { where, select, orderBy, skip = 0 }: Arguments,
): Row | null {
  const row = sorted(rowsOf(tables, model, where), orderBy)[skip]
  return row ? pick(tables, row, select) : null
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

function pick(tables: Tables, row: Row, select?: Arguments['select']): Row {
  if (!select) return row
  const columns = Object.keys(select).filter((column) => select[column] === true)
  const picked = Object.fromEntries(columns.map((column) => [column, row[column]]))
  const { user } = select as { user?: { select: Arguments['select'] } }
  if (user === undefined) return picked
  const owner = tables.user.get(String(row['userId']))
  return { ...picked, user: owner ? pick(tables, owner, user.select) : null }
}

function sorted(rows: Row[], orderBy: Order | readonly Order[] = { id: 'asc' }): Row[] {
  const columns = [orderBy].flat().flatMap((order) => Object.entries(order))
  return rows.sort((a, b) => {
    for (const [column, direction] of columns) {
      const difference = compare(a[column], b[column])
      if (difference !== 0) return direction === 'asc' ? difference : -difference
    }
    return 0
  })
}

function compare(one: unknown, other: unknown): number {
  const [a, b] = [comparable(one), comparable(other)]
  return a === b ? 0 : a < b ? -1 : 1
}

function missing(): never {
  throw Object.assign(new Error('There is no such row.'), { code: 'P2025' })
}
