import type { Client } from 'pg'

/** Our tables from which rows are removed again and again. */
const tables = ['Session', 'AuditEvent', 'Attempt']

const undecided = `SELECT relname AS name FROM pg_class
  WHERE relnamespace = to_regnamespace($1) AND relname = ANY($2) AND relkind = 'r'
  AND NOT COALESCE(array_to_string(reloptions, ' '), '') LIKE '%vacuum_truncate=%'`

/**
 * Has the vacuum of PostgreSQL leave empty pages at the end of a table to the rows that come. To give them back to the disk it would
 * keep all others from the table, for some 30 ms after many rows were removed. What an operator has set for a table stays. It
 * rejects for nothing: a database without the setting, or a role that may not set it, does without.
 */
export async function keepPages(client: Client, schema: string): Promise<void> {
  try {
    const { rows } = await client.query<{ name: string }>(undecided, [`"${schema}"`, tables])
    for (const { name } of rows) {
      const change = `ALTER TABLE "${schema}"."${name}" SET (vacuum_truncate = off)`
      // It waits for a vacuum that is under way, and for no reader or writer.
      await client.query(`BEGIN; SET LOCAL lock_timeout = 5000; ${change}; COMMIT`)
    }
  } catch {
    await client.query('ROLLBACK').catch(() => undefined)
  }
}
