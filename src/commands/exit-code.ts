import { BackendUnusable } from '../auth/logins/backends.ts'
import { ConfigError } from '../config/config.ts'
import { DatabaseUnusable } from '../database/errors.ts'
import { SessionStoreUnavailable } from '../refusals.ts'
import { EngineUnusable } from '../session/engines/custom-engine.ts'
import { UsageError } from './terminal/terminal.ts'

/** What a command exits with that ended with `error`: see `exitCodes` in program.ts. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 2
  if (error instanceof ConfigError) return 3
  if (parts.some((kind) => error instanceof kind)) return 4
  if (error instanceof Error && error.name === 'ExitPromptError') return 130
  if (error instanceof AggregateError) return Math.max(...error.errors.map(exitCodeOf))
  return 1
}

const parts = [BackendUnusable, DatabaseUnusable, EngineUnusable, SessionStoreUnavailable]
