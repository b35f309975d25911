import { pino } from 'pino'
import type { Logger } from 'pino'

/** The levels that are quieter than a library's own. */
const quieter = ['error', 'fatal', 'silent']

/**
 * The log of an application whose host has given none: JSON lines of warnings and errors on standard error, or of less where
 * LOG_LEVEL asks for less. What a request says at the level `info` is the host's to log.
 */
export function libraryLog(level: string): Logger {
  const options = { level: quieter.includes(level) ? level : 'warn' }
  return pino(options, { write: (line: string) => process.stderr.write(line) })
}
