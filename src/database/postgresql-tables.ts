import type { Client } from 'pg'

/** The rest of a statement that asks `pg_class` about the tables of the names `$2` in the schema `$1`. See `tablesIn`. */
export const fromTables = `FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relname = ANY($2) AND relkind = 'r'`

/** The values for `fromTables`. */
export function tablesIn(schema: string, names: readonly string[]): [string, readonly string[]] {
  return [`"${schema}"`, names]
}

/** Our tables from which rows are removed again and again. */
const tables = ['Session', 'AuditEvent', 'Attempt']

const undecided = `SELECT relname AS name ${fromTables}
  AND NOT COALESCE(array_to_string(reloptions, ' '), '') LIKE '%vacuum_truncate=%'`

/**
 * Has the vacuum of PostgreSQL leave empty pages at the end of a table to rows that come later. To give the pages back to the disk,
 * vacuum would lock the table, for some 30 ms after many rows were removed. What an operator has set for a table stays. This never
 * rejects: a database without the setting, or a role that may not set it, does without.
 */
export async function keepPages(client: Client, schema: string): Promise<void> {
  try {
    const { rows } = await client.query<{ name: string }>(undecided, tablesIn(schema, tables))
    for (const { name } of rows) {
      const change = `ALTER TABLE "${schema}"."${name}" SET (vacuum_truncate = off)`
      // It may wait for a vacuum that is under way, and waits for no reader or writer.
      await client.query(`BEGIN; SET LOCAL lock_timeout = 5000; ${change}; COMMIT`)
    }
  } catch {
    await client.query('ROLLBACK').catch(() => undefined)
  }
}
