/** A row. It is replaced as a whole when it changes, so that a snapshot of a table is a copy of its map. */
export type Row = Readonly<Record<string, unknown>>

/** The tables that the code under test asks for, by the names of Prisma's models. */
export interface Tables {
  session: Map<string, Row>
  user: Map<string, Row>
}

/** One of them. */
export type Model = keyof Tables

/** A condition in Prisma's words, as far as the code under test uses them. */
export type Where = Readonly<Record<string, unknown>>

/** The columns that every row has, for a `create` that leaves some out. */
export const blank: Readonly<Record<Model, Row>> = {
  session: {
    userId: null,
    epoch: null,
    absoluteExpiresAt: null,
    ipAddress: null,
    userAgent: null,
    endedAt: null,
    endReason: null,
    previousId: null,
    previousAt: null,
    version: 0,
    data: null,
  },
  user: { email: null, isActive: true, isStaff: false, epoch: 0, lastLogin: null },
}

/** A copy that later changes leave alone. */
export function copyOf({ session, user }: Tables): Tables {
  return { session: new Map(session), user: new Map(user) }
}

/** The rows that meet the condition. */
export function rowsOf(tables: Tables, model: Model, where: Where = {}): Row[] {
  const id = where['id']
  if (typeof id === 'string') {
    const row = tables[model].get(id)
    return row && meets(tables, row, where) ? [row] : []
  }
  return [...tables[model].values()].filter((row) => meets(tables, row, where))
}

/** The row with the columns of `data` replaced. */
export function changed(row: Row, data: Row): Row {
  const next: Record<string, unknown> = { ...row }
  for (const [column, value] of Object.entries(data)) {
    if (value === undefined) continue
    const change = value as { increment?: number }
    next[column] =
      typeof change?.increment === 'number' ? Number(row[column]) + change.increment : value
  }
  return next
}

function meets(tables: Tables, row: Row, where: Where): boolean {
  return Object.entries(where).every(([name, wanted]) => {
    if (wanted === undefined) return true
    const conditions = (Array.isArray(wanted) ? wanted : [wanted]) as Where[]
    if (name === 'AND') return conditions.every((one) => meets(tables, row, one))
    if (name === 'OR') return conditions.some((one) => meets(tables, row, one))
    if (name === 'NOT') return !conditions.some((one) => meets(tables, row, one))
    if (name === 'user') {
      const user = tables.user.get(String(row['userId']))
      return user !== undefined && meets(tables, user, wanted as Where)
    }
    if (name === 'sessions') {
      const { some } = wanted as { some: Where }
      return rowsOf(tables, 'session', { ...some, userId: row['id'] }).length > 0
    }
    return fits(row[name], wanted)
  })
}

/** SQL's comparison: NULL is like nothing else, and unlike nothing. */
function fits(value: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object' || wanted instanceof Date)
    return same(value, wanted)
  return Object.entries(wanted).every(([operator, operand]) => {
    if (operand === undefined) return true
    switch (operator) {
      case 'equals':
        return fits(value, operand)
      case 'not':
        return operand === null ? value !== null : value !== null && !fits(value, operand)
      case 'in':
        return (operand as unknown[]).some((one) => same(value, one))
      case 'notIn':
        return value !== null && !(operand as unknown[]).some((one) => same(value, one))
      case 'gt':
        return value !== null && comparable(value) > comparable(operand)
      case 'gte':
        return value !== null && comparable(value) >= comparable(operand)
      case 'lt':
        return value !== null && comparable(value) < comparable(operand)
      case 'lte':
        return value !== null && comparable(value) <= comparable(operand)
      default:
        throw new Error(`The double does not know the condition ${operator}.`)
    }
  })
}

function same(one: unknown, other: unknown): boolean {
  return one instanceof Date && other instanceof Date ? +one === +other : one === other
}

/** What an instant, a number or a text is compared by. */
export function comparable(value: unknown): number | string {
  return value instanceof Date ? +value : (value as number | string)
}
