/** What the settings say of an engine that comes with the server, before it is opened. */
export interface EngineTraits {
  /** Does it need CACHE_URL? */
  readonly needsCache: boolean
  /** Does it keep its records in the folder of SESSION_FILE_PATH? */
  readonly keepsFiles: boolean
}

const none: EngineTraits = { needsCache: false, keepsFiles: false }
const cached: EngineTraits = { ...none, needsCache: true }

/** The engines that come with the server, by their names in SESSION_ENGINE. `session/engines/engines.ts` opens each. */
export const engines = {
  database: none,
  'cached-database': cached,
  cache: cached,
  file: { ...none, keepsFiles: true },
  'signed-cookies': none,
} as const satisfies Readonly<Record<string, EngineTraits>>

/** The name of an engine that comes with the server. */
export type EngineName = keyof typeof engines

/** The engine where SESSION_ENGINE is left out. */
export const defaultEngine: EngineName = 'database'

/** All of their names, in the order in which docs/engines.md compares them. */
export const engineNames = Object.keys(engines) as readonly EngineName[]

/** Is `engine` the name of one that comes with the server? Of one of your own nothing is known here. */
export function isBuiltIn(engine: unknown): engine is EngineName {
  return typeof engine === 'string' && Object.hasOwn(engines, engine)
}

/** Has `engine` that trait? One of your own has none: it needs no setting of ours. */
export function hasTrait(engine: unknown, trait: keyof EngineTraits): boolean {
  return isBuiltIn(engine) && engines[engine][trait]
}
