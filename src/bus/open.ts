import { sqliteFile } from '../database/sqlite-file-url.ts'
import { statement } from '../database/statements.ts'
import type { Statements } from '../database/statements.ts'
import type { Bus, Siblings } from './bus.ts'
import { createBus } from './create.ts'
import type { BusOptions } from './create.ts'
import { quietBus } from './quiet.ts'
import { siblingsWire } from './siblings-wire.ts'
import { createTeller } from './teller.ts'
import type { Wire } from './wire.ts'

/** What says which wires there are. */
export interface Ways {
  /** DATABASE_URL. */
  readonly databaseUrl: string
  /** CACHE_URL. */
  readonly cacheUrl: string | null
  /** The other processes of one parent, where there is one. */
  readonly siblings?: Siblings | undefined
  readonly statements: Statements
}

/** How a bus is opened. */
export interface OpenBusOptions extends Omit<BusOptions, 'wires'>, Ways {
  /** False for a command: it has no streams, and connects only when it has something to tell. */
  readonly listens: boolean
}

/**
 * Opens the bus of a process. Returns at once, and never throws: where no wire carries, the bus goes on trying. A wire loads its
 * client library with its first line.
 */
export function openBus(options: OpenBusOptions): Bus {
  const wires = wiresOf(options)
  if (wires.length === 0) return quietBus(options.now)
  return options.listens ? createBus({ ...options, wires }) : createTeller(wires, options.now)
}

/** The id of the row that came first into `_prisma_migrations`. It names the database: no other has that id. */
export const firstMigration = statement<{ id: string }>(
  'SELECT "id" FROM "_prisma_migrations" ORDER BY "started_at", "migration_name" LIMIT 1',
)

/** Tells what listens on the channel `$1`, by whatever connection runs it. */
const tell = statement<{ told: string }>('SELECT pg_notify($1, $2)::text AS told')

function wiresOf({ databaseUrl, cacheUrl, siblings, statements }: Ways): Wire[] {
  let known: string | null = null
  // By the database's own name, so that processes which share a roster hear each other, whatever address they know it by.
  const channelOf = async () => {
    const row = known === null ? await statements.first(firstMigration, []) : null
    return (known ??= `coatcheck:${row?.id ?? 'bus'}`)
  }
  const postgresql: Wire = {
    kind: 'postgresql',
    name: 'LISTEN of PostgreSQL',
    echoes: true,
    reachesAll: true,
    answers: async () => statements.first(firstMigration, []),
    async open(ear, signal) {
      const { openPostgresqlLine } = await import('./postgresql-line.ts')
      const channel = await channelOf()
      const line = await openPostgresqlLine(databaseUrl, channel, ear, signal)
      // A pooler that lends out connections for one transaction answers a LISTEN, and drops what other connections send later. It may
      // still show a connection what that connection itself has sent. So the proof goes by one of the connections of all statements.
      const prove = (texts: readonly string[]) =>
        Promise.all(texts.map(async (text) => statements.first(tell, [channel, text])))
      return { ...line, prove }
    },
  }
  const redis: Wire = {
    kind: 'redis',
    name: 'Redis',
    echoes: true,
    reachesAll: true,
    async open(ear, signal) {
      const { openRedisLine } = await import('./redis-line.ts')
      return openRedisLine(cacheUrl ?? '', await channelOf(), ear, signal)
    },
  }
  const isSqlite = sqliteFile(databaseUrl) !== null
  return [
    ...(isSqlite ? [] : [postgresql]),
    ...(cacheUrl === null || cacheUrl.startsWith('memcached:') ? [] : [redis]),
    ...(siblings ? [siblingsWire(siblings, isSqlite)] : []),
  ]
}
