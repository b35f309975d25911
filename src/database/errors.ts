/** The database cannot be used as it is. The operator can put that right: the message says how, and names the setting. */
export class DatabaseUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseUnusable'
  }
}

/**
 * The database could not run a statement: it is away, full, locked, or takes too long. A statement that waited in vain was
 * not begun. One that took too long was cancelled. One whose connection broke may have been done.
 */
export class DatabaseUnavailable extends DatabaseUnusable {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseUnavailable'
  }
}

/**
 * Has the database failed, and not the statement? Prisma says P2028 of a transaction that took too long, and
 * P2034 of one that another was in the way of; PostgreSQL says 40001 and 40P01 of that.
 */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof DatabaseUnavailable || /^(P2028|P2034|40001|40P01)$/.test(codeOf(error) ?? '')
  )
}

/** Did the statement break a unique column? Knows the codes of Prisma, PostgreSQL and SQLite. */
export function isTaken(error: unknown): boolean {
  return /^(P2002|23505|SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY))$/.test(codeOf(error) ?? '')
}

/**
 * Has the database refused the row: as taken, too long, or without the row it points to? Then the database itself has not
 * failed.
 */
export function isRefusedRow(error: unknown): boolean {
  const code = codeOf(error)
  return code !== null && (refusedRows.has(code) || /^(22|23|SQLITE_CONSTRAINT)/.test(code))
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}

/** Prisma's words for a broken constraint, a value that does not fit, and a row that is missing. */
const refusedRows: ReadonlySet<string> = new Set([
  'P2000',
  'P2002',
  'P2003',
  'P2004',
  'P2006',
  'P2011',
  'P2014',
  'P2015',
  'P2018',
  'P2025',
])
