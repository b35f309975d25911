import { BackendUnusable } from '../../auth/logins/backends.ts'
import { ConfigError } from '../../config/config.ts'
import { DatabaseUnusable } from '../../database/errors.ts'
import { InvalidInput, Refusal, SessionStoreUnavailable } from '../../refusals.ts'
import { EngineUnusable } from '../../session/engines/custom-engine.ts'
import { CommandError } from './terminal.ts'
import { visible } from './text.ts'

/**
 * What a command that failed says: a sentence where a person can put it right, and otherwise the fault with its stack. What
 * it quotes cannot steer a terminal.
 */
export function sentenceOf(error: unknown): string {
  return wordsOf(error).split('\n').map(visible).join('\n')
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('\n')
  if (error instanceof InvalidInput)
    return error.fields.map(({ path, message }) => `${path.join('.')}: ${message}`).join(' ')
  const isForPeople = kinds.some((kind) => error instanceof kind)
  const isFromSystem = 'code' in error && typeof error.code === 'string' && 'syscall' in error
  if (error.name === 'ExitPromptError') return 'Nothing was done.'
  return isForPeople || isFromSystem ? error.message : (error.stack ?? error.message)
}

const kinds = [
  BackendUnusable,
  CommandError,
  ConfigError,
  DatabaseUnusable,
  EngineUnusable,
  Refusal,
  SessionStoreUnavailable,
]
