import { createPasswordBackend } from '../../src/auth/logins/password-backend.ts'
import type { PasswordHasher } from '../../src/auth/passwords/password.ts'
import type { AuthenticationBackend } from '../../src/auth/logins/backend.ts'
import type { EndingContext } from '../../src/auth/sessions/ending.ts'
import { createRoster } from '../../src/auth/roster/roster.ts'
import type { RequestRoster } from '../../src/auth/roster/roster.ts'
import type { Database } from '../../src/database/database.ts'
import { cartDefinition } from '../../src/features/cart/names.ts'
import { preferencesDefinition } from '../../src/features/preferences/names.ts'
import { valuesDefinition } from '../../src/features/values/names.ts'
import type { SessionSettings } from '../../src/session/settings.ts'
import type { SessionKey } from '../../src/session/key.ts'
import { createWriterQueue } from '../../src/session/queue.ts'
import type { WriterQueue } from '../../src/session/queue.ts'
import { guardStore } from '../../src/session/guarded-store.ts'
import { Session } from '../../src/session/session.ts'
import { createDatabaseStore, recordOf } from '../../src/session/stores/database.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createDatabase } from './database.ts'
import { createPatience, inSteps, passwords } from './doubles.ts'
import type { Scheduler } from './scheduler.ts'
import { createStore } from './store.ts'
import type { Records } from './store.ts'
import type { Tables } from './tables.ts'

/** 'database': records are rows of the roster. 'cache': they are kept apart from it, as by most engines. */
export type Engine = 'database' | 'cache'

/** Who the visitor of the story is when it begins. */
export type Start = 'guest' | 'ada'

/** Faults to put into the house, so that a test can see them found. */
export interface Plants {
  store?(store: SessionStore): Partial<SessionStore>
  roster?(roster: RequestRoster, db: Database): Partial<RequestRoster>
}

/** What is at rest: the database's tables, the records of the other engine, and the time. */
export interface Rest {
  readonly tables: Tables
  readonly records: Records
  now: number
}

/** Where a story takes place. All that lasts is here; a request has its own view of it. */
export interface World {
  readonly engine: Engine
  readonly start: Start
  readonly scheduler: Scheduler
  readonly rest: Rest
  /** The cookies of the visitor's browser, of ada's other device, and of a stranger whose key the server never issued. */
  readonly cookies: Record<Browser, SessionKey | null>
  /** Those cookies at the beginning. */
  readonly first: Readonly<Record<Browser, SessionKey | null>>
  /** Opens the session of `key` for the request `by`, on a process. Requests on one process share its queue. */
  attend(by: string, process: string, key: SessionKey | null): Parts
}

/** Whose cookie a request sends. */
export type Browser = 'browser' | 'device' | 'stranger'

/** What one request works with. */
export interface Parts {
  readonly session: Session
  readonly settings: SessionSettings
  readonly roster: RequestRoster
  readonly db: Database
  readonly backends: readonly AuthenticationBackend[]
  readonly passwords: PasswordHasher
  readonly ending: EndingContext
  readonly now: () => number
}

/** Seconds of inactivity after which a session ends. */
export const idleAge = 300

/** How worlds that are alike begin. */
export interface Beginning {
  readonly engine: Engine
  readonly start: Start
  readonly plants: Plants
  readonly cookies: World['cookies']
}

/** A world in which nothing has happened yet but what is at rest. */
export function openWorld(beginning: Beginning, rest: Rest, scheduler: Scheduler): World {
  const { engine, start, plants, cookies } = beginning
  const queues = new Map<string, WriterQueue>()
  const now = () => rest.now

  function attend(by: string, process: string, key: SessionKey | null): Parts {
    const db = createDatabase(rest.tables, scheduler, by)
    const patience = createPatience(scheduler, by)
    const sound =
      engine === 'database' ? createDatabaseStore(db) : createStore(rest.records, scheduler, by)
    const store = guardStore({ ...sound, ...plants.store?.(sound) }, patience)
    const honest = createRoster(db, {
      now,
      database: patience,
      recordIn: engine === 'database' ? recordOf : null,
      keepsRecords: true,
    }).attend(nowhere)
    const roster = { ...honest, ...plants.roster?.(honest, db) }
    const queue = queues.get(process) ?? createWriterQueue()
    queues.set(process, queue)
    const settings: SessionSettings = {
      store,
      policy: { age: idleAge, absoluteAge: 0, expireAtBrowserClose: false },
      definitions,
      maxBytes: 65_536,
      queue: inSteps(queue, scheduler, by, process),
      now,
    }
    return {
      session: new Session(settings, roster, key),
      settings,
      roster,
      db,
      passwords,
      backends: [createPasswordBackend({ db, passwords, database: patience })],
      ending: { db, store, now, log: { warn() {} } },
      now,
    }
  }

  return { engine, start, scheduler, rest, cookies: { ...cookies }, first: cookies, attend }
}

const nowhere = { ipAddress: null, userAgent: null }

const definitions = {
  cart: cartDefinition,
  preferences: preferencesDefinition,
  values: valuesDefinition,
}
