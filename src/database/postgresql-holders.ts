import type { Client } from 'pg'
import { pause } from '../waiting/pause.ts'
import { connectPostgresql } from './postgresql-client.ts'
import type { PostgresqlAddress } from './postgresql-url.ts'

/** A transaction that another waits for. */
export interface Holder {
  /** The process of the server. */
  readonly pid: number
  /** What its program calls itself, or what the server calls it. */
  readonly name: string
  /** How long it has been open; null where the role may not know. */
  readonly seconds: number | null
}

/** A look at what a process of the server waits for. */
export interface Watch {
  /** Ends it. The oldest transaction that it found in the way the last time; null where it saw none. Never rejects. */
  stop(): Promise<Holder | null>
}

/** How often it looks, in milliseconds. What takes no longer costs no second connection. */
const every = 400

const inTheWay = `SELECT pid, COALESCE(NULLIF(application_name, ''), backend_type, 'without a name') AS name,
  CAST(EXTRACT(EPOCH FROM clock_timestamp() - xact_start) AS integer) AS seconds
  FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids($1)) ORDER BY xact_start NULLS LAST LIMIT 1`

/**
 * Looks from a second connection at what the process `pid` of the server waits for: PostgreSQL says so only while it waits. Where
 * there is no such connection, or the database cannot say, it finds none.
 */
export function watchHolders(address: PostgresqlAddress, pid: number): Watch {
  const over = new AbortController()
  const found = look()
  return {
    stop() {
      over.abort()
      return found
    },
  }

  async function look(): Promise<Holder | null> {
    let client: Client | null = null
    let newest: Holder | null = null
    try {
      for (;;) {
        await pause(every, { signal: over.signal })
        if (over.signal.aborted) return newest
        client ??= await connectPostgresql(address)
        const { rows } = await client.query<Holder>(inTheWay, [pid])
        newest = rows[0] ?? newest
      }
    } catch {
      return newest
    } finally {
      void client?.end().catch(() => undefined)
    }
  }
}
