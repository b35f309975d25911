import type { App } from '../app.ts'
import { authEventTypes } from '../auth/audit/auth-event.ts'
import type { AuthEvent } from '../auth/audit/auth-event.ts'
import { mostCounted } from '../auth/audit/audit-tally.ts'
import type { SessionTally } from '../auth/sessions/session-search.ts'
import { counted, figure } from '../numbers.ts'
import { askServer } from './ask-server.ts'
import { configure } from './configure.ts'
import { databaseName } from './database-name.ts'
import { countedGuests } from './guests.ts'
import { withFound } from './run.ts'
import type { OpenedParts } from './run.ts'
import { sentenceOf } from './terminal/sentence.ts'
import { printFacts, printJson, printSentence } from './terminal/table.ts'

/** Is a part up, and what is to be said of it? */
interface Part {
  readonly isUp: boolean
  readonly says: string
}

/** The parts that are asked whether they are up. */
type Found = OpenedParts<'dependencies'>

/** How many sessions there are; guests are null where they are not counted. */
type Counted = Omit<SessionTally, 'guests'> & { readonly guests: number | null }

/** What `status` finds. */
interface Status {
  readonly version: string
  readonly node: string
  readonly production: boolean
  /** Null where PORT picks a free one. */
  readonly server: (Part & { readonly url: string }) | null
  readonly database: Part & { readonly name: string; readonly pending: readonly string[] | null }
  readonly store: Part & { readonly engine: string }
  /** How ends reach other processes; null where the database could not be opened. */
  readonly bus: { readonly kind: App['bus']['kind']; readonly isUp: boolean } | null
  /** Null likewise. */
  readonly sessions: Counted | null
  /** How many events of each type the audit has of the last day, `mostCounted` at most; null likewise. */
  readonly lastDay: Readonly<Partial<Record<AuthEvent['type'], number>>> | null
}

/** What `status` looks at. */
const looked = ['dependencies', 'bus', 'sessions', 'recordsAreRows', 'audit', 'now'] as const

/** `coatcheck status`: asks every part whether it is up, and says what is going on. Exits with 1 where one is down. */
export async function printStatus({ json }: { json?: boolean }, version: string): Promise<void> {
  const node = process.versions.node
  const configured = await configure()
  const { config } = configured
  const mode = config.production ? 'production' : 'development'
  if (!json) printSentence(`Coatcheck ${version}, Node ${node}, ${mode}`, 'bold')
  const asked = await askServer(config.host, config.port)
  await withFound(configured, looked, async (found) => {
    const status: Status = {
      version,
      node,
      production: config.production,
      server: asked && { url: asked.url, isUp: asked.isReady, says: asked.says },
      database: { name: databaseName(config.databaseUrl), ...(await databaseOf(found)) },
      store: { engine: config.sessionEngine, ...(await storeOf(found)) },
      bus: found.app && { kind: found.app.bus.kind, isUp: found.app.bus.state.isUp },
      sessions: found.app && (await countedBy(found.app).catch(() => null)),
      lastDay: found.app && (await lastDayOf(found.app).catch(() => null)),
    }
    if (json) printJson(status)
    else printParts(status)
    const parts = [status.server, status.database, status.store]
    if (parts.some((part) => part?.isUp === false)) process.exitCode = 1
  })
}

async function databaseOf({ app, pending, faults }: Found) {
  const isUp = app !== null && (await app.dependencies[0]?.check()) === null
  if (isUp) return { isUp, says: 'answers; no migration is pending', pending }
  if (pending !== null && pending.length > 0)
    return {
      isUp: false,
      says: `lacks ${counted(pending.length, 'migration')}: run "coatcheck migrate"`,
      pending,
    }
  return { isUp: false, says: faults.map(sentenceOf).join(' ') || 'does not answer', pending }
}

/** The engine is opened after the database: without the database nothing is known of the store. */
async function storeOf({ app, faults, pending }: Found): Promise<Part> {
  if (app === null)
    return {
      isUp: false,
      says: pending !== null && faults.length > 0 ? faults.map(sentenceOf).join(' ') : 'not asked',
    }
  const [database, ...others] = app.dependencies
  const stores = others.length > 0 ? others : [database]
  const found = await Promise.all(stores.map(async (store) => store?.check() ?? null))
  const fault = found.find((each) => each !== null) ?? null
  return { isUp: fault === null, says: fault === null ? 'answers' : fault.message }
}

async function countedBy({
  sessions,
  recordsAreRows,
}: Pick<App, 'sessions' | 'recordsAreRows'>): Promise<Counted> {
  const { guests, ...tally } = await sessions.tally()
  return { ...tally, guests: countedGuests(guests, recordsAreRows) }
}

async function lastDayOf({ audit, now }: Pick<App, 'audit' | 'now'>) {
  const step = { from: now() - 86_400_000, until: now() + 1 }
  const counts: Partial<Record<AuthEvent['type'], number>> = {}
  for (const type of authEventTypes) {
    const [count = 0] = await audit.tally([type], [step])
    if (count > 0) counts[type] = count
  }
  return counts
}

function printParts({ server, database, store, bus, sessions, lastDay }: Status): void {
  const line = ({ isUp, says }: Part, what: string) => `${isUp ? 'up' : 'DOWN'}: ${what} ${says}`
  // Where the tally stops, there may be more of either.
  const [signedIn, guests] = [sessions?.signedIn, sessions?.guests].map(
    (count) => `${figure(count ?? 0)}${sessions?.isMore ? ' or more' : ''}`,
  )
  const areOne = sessions?.guests === 1 && !sessions.isMore
  const guestsSay =
    sessions?.guests == null ? 'guests are not counted' : `${guests} ${areOne ? 'guest' : 'guests'}`
  const happened = Object.entries(lastDay ?? {}).map(
    ([type, count]) => `${figure(count)}${count < mostCounted ? '' : ' or more'} ${type}`,
  )
  printFacts([
    ...(server ? [['Server', line(server, `${server.url}:`)] as const] : []),
    ['Database', line(database, `${database.name}:`)],
    ['Store', line(store, `${store.engine}:`)],
    ...(bus ? [['Bus', busLine(bus)] as const] : []),
    ...(sessions ? [['Sessions', `${signedIn} signed in, ${guestsSay}`] as const] : []),
    ...(lastDay
      ? [
          [
            'Last day',
            happened.length === 0 ? 'nothing in the audit' : happened.join(', '),
          ] as const,
        ]
      : []),
  ])
}

/** How a stream learns of an end elsewhere. */
function busLine({ kind, isUp }: NonNullable<Status['bus']>): string {
  if (kind === 'process')
    return 'none: streams on other processes look every SESSION_RECHECK_INTERVAL'
  if (kind === 'sqlite') return 'none needed: streams watch the SQLite file'
  return `${isUp ? 'up' : 'not up yet'}: ${kind}`
}
