/**
 * How many guests have a session; null where the engine keeps their sessions outside the database, which cannot count them.
 * While sessions move to such an engine, the database still has some.
 */
export function countedGuests(count: number, recordsAreRows: boolean): number | null {
  return recordsAreRows || count > 0 ? count : null
}
