/** The database cannot be used as it is. The operator can put that right: the message says what is wrong, and names the setting. */
export class DatabaseUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseUnusable'
  }
}

/**
 * The database could not run a statement: it is away, full, locked, or takes too long. It has not begun a statement that waited
 * in vain. It has cancelled one that took too long. It may have done one whose connection broke.
 */
export class DatabaseUnavailable extends DatabaseUnusable {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DatabaseUnavailable'
  }
}

/**
 * Has the database failed, and not the statement? Prisma's code is P2028 where a transaction took too long, and P2034 where
 * another transaction was in its way. PostgreSQL's codes for the latter are 40001 and 40P01.
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

/** Prisma's codes for a broken constraint, a value that does not fit, and a row that is missing. */
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
