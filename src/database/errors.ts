/** The database cannot be used as it is. The operator can put that right: the message says how, and names the setting. */
export class DatabaseUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseUnusable'
  }
}

/**
 * The database could not do a statement: it is away, full, locked, or takes too long. A statement that waited in vain was not
 * begun. One that took too long was cancelled; one whose connection broke may have been done.
 */
export class DatabaseUnavailable extends DatabaseUnusable {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseUnavailable'
  }
}

/**
 * Is it the database that has failed, and not what it was asked? Prisma says P2028 of a transaction that took too long, and
 * P2034 of one that another was in the way of; PostgreSQL says 40001 and 40P01 of that.
 */
export function isOutage(error: unknown): boolean {
  return (
    error instanceof DatabaseUnavailable || /^(P2028|P2034|40001|40P01)$/.test(codeOf(error) ?? '')
  )
}

/** Would it have made a second row where a unique column allows one? In the words of Prisma, PostgreSQL and SQLite. */
export function isTaken(error: unknown): boolean {
  return /^(P2002|23505|SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY))$/.test(codeOf(error) ?? '')
}

/**
 * Has the database answered that the row may not be as it was to be: taken, too long, without the row it points to? Then
 * it is not the database that has failed.
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
