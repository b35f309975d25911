import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import pretty from 'pino-pretty'

/** A log at `level`: JSON lines in production, readable ones in development. Times are UTC. Writes to standard output. */
export function createLog(
  { production, level }: { production: boolean; level: string },
  destination: DestinationStream = production
    ? process.stdout
    : pretty({ sync: true, ignore: 'pid,hostname' }),
): Logger {
  return pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}
