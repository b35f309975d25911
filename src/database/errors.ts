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
 * P2034 of one that another was in the way of.
 */
export function isOutage(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true
  return (
    error instanceof Error && 'code' in error && ['P2028', 'P2034'].includes(String(error.code))
  )
}

/** Would it have made a second row where a unique column allows one? P2002 is Prisma's word for that. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'P2002'
}

/**
 * Has the database answered that the row may not be as it was to be: taken, too long, without the row it points to? Then
 * it is not the database that has failed.
 */
export function isRefusedRow(error: unknown): boolean {
  return error instanceof Error && 'code' in error && refusedRows.has(String(error.code))
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
