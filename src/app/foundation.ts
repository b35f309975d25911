import type { Logger } from 'pino'
import type { AuthenticationBackend } from '../auth/logins/backend.ts'
import { accountRulesFor, checkBackends, openBackends } from '../auth/logins/backends.ts'
import { createPasswordHasher } from '../auth/passwords/password.ts'
import type { PasswordHasher } from '../auth/passwords/password.ts'
import { createUsers } from '../auth/users/users.ts'
import type { Users } from '../auth/users/users.ts'
import type { Config } from '../config/config.ts'
import { asOneFault, closeAll, faultsOf } from './opening.ts'
import { keepSecretKeyBeside, lookUpSecretKeyBeside } from '../config/secret-key.ts'
import { databaseKind } from '../database/database.ts'
import type { Database } from '../database/database.ts'
import { isRefusedRow } from '../database/errors.ts'
import { openDatabase } from '../database/open.ts'
import { ping } from '../database/statements.ts'
import { checkEngine } from '../session/engines/engines.ts'
import type { BuiltInOptions, Engine } from '../session/engines/engines.ts'
import { openEngines } from '../session/engines/moving-engine.ts'
import { createDependency } from '../waiting/dependency.ts'
import type { Dependency } from '../waiting/dependency.ts'
import { openObservation } from './observing.ts'
import type { Observation } from './observing.ts'
import type { Team } from '../workers/team.ts'
import type { AppOptions } from './options.ts'

/** What an application stands on, and has to close: its database, its engine and its backends. */
export interface Foundation {
  readonly db: Database
  /** The database, as what calls wait for. */
  readonly database: Dependency
  readonly engine: Engine
  /** What any engine of this application is opened with. */
  readonly engineOptions: BuiltInOptions
  readonly users: Users
  readonly passwords: PasswordHasher
  readonly backends: readonly AuthenticationBackend[]
  readonly observation: Observation
}

/**
 * Opens the database, brings it up to date, and opens the engine and the backends on it. Throws an error with a sentence for each
 * part that cannot be opened, and leaves nothing open then.
 */
export async function openFoundation(
  config: Config,
  log: Logger,
  options: AppOptions,
): Promise<Foundation> {
  const choices = options.backends ?? config.authenticationBackends
  const engine = options.engine ?? config.sessionEngine
  const previous = options.previousEngine ?? config.sessionEnginePrevious
  const observation = await openObservation(config, options, log)
  const ofTeam = options.team && { whileBusy: options.team.whileBusy }
  const patient = { patience: config.storeTimeout, ...options, ...ofTeam }
  const opening = openDatabase(config.databaseUrl, log, patient)
  const db = await opening.catch(async (error: unknown) => {
    // The engine and the backends can be checked without a database: the operator then reads of all faults at once.
    const rest = [checkEngine(engine), checkBackends(choices)]
    throw asOneFault([error, ...faultsOf(await Promise.allSettled(rest))])
  })
  try {
    return await openOn(db)
  } catch (error) {
    await closeAll([() => db.$disconnect()])
    throw error
  }

  async function openOn(db: Database): Promise<Foundation> {
    const engineOptions = engineOptionsOf(config, db, log, options)
    const database = createDependency({
      name: 'The database',
      timeout: config.storeTimeout,
      probe: async () => db.statements.first(ping, []),
      places: databaseKind(config.databaseUrl).places(config.databaseUrl),
      isAnswer: isRefusedRow,
      log,
    })
    const passwords = observation.watchHasher(
      createPasswordHasher({
        minLength: config.passwordMinLength,
        ...(options.team && turnsOf(options.team)),
      }),
    )
    const users = createUsers({ db, passwords, database, rules: accountRulesFor(choices) })
    const openings = await Promise.allSettled([
      openEngines(engine, previous, { ...engineOptions, database }),
      openBackends(choices, {
        db,
        passwords,
        database,
        users,
        log,
        timeout: config.limits.timeout * 500, // half of what an operation may take
      }),
    ])
    const [engineOpening, backendsOpening] = openings
    if (engineOpening.status === 'rejected' || backendsOpening.status === 'rejected') {
      const openedStore = engineOpening.status === 'fulfilled' ? engineOpening.value.store : null
      await closeAll([() => openedStore?.close?.()])
      throw asOneFault(faultsOf(openings))
    }
    const parts = { engine: engineOpening.value, backends: backendsOpening.value, observation }
    return { db, database, engineOptions, users, passwords, ...parts }
  }
}

/** Processes of a team take turns to hash. In all of them together half a second's work may wait, as in a process that is alone. */
function turnsOf({ inTurn, share, turns }: Team) {
  return { inTurnOfAll: inTurn, waiting: share(25 * turns) }
}

function engineOptionsOf(
  config: Config,
  db: Database,
  log: Logger,
  { now = Date.now, looks = false }: AppOptions,
): BuiltInOptions {
  const beside = looks ? lookUpSecretKeyBeside : keepSecretKeyBeside
  return {
    db,
    secretKey: config.secretKey ?? beside(config.databaseUrl),
    now,
    timeout: config.storeTimeout,
    cacheUrl: config.cacheUrl,
    filePath: config.sessionFilePath,
    cookie: config.cookie,
    policy: config.policy,
    secretKeyFallbacks: config.secretKeyFallbacks,
    log,
    warn: (message: string, error?: unknown) => log.warn({ err: error }, message),
  }
}
