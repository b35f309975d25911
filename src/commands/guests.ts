/**
 * How many guests have a session; null where the database does not have their sessions, so that none are counted. While
 * sessions move to such an engine, it still has some.
 */
export function countedGuests(count: number, recordsAreRows: boolean): number | null {
  return recordsAreRows || count > 0 ? count : null
}
