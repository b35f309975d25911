import type { Logger } from 'pino'
import type { Bus } from '../bus/bus.ts'
import { endedAmong } from '../auth/roster/ends.ts'
import { rowStatesOf } from '../auth/roster/row-states.ts'
import { watchFile } from '../bus/file-watch.ts'
import { openBus } from '../bus/open.ts'
import type { Config } from '../config/config.ts'
import { createSessionEvents } from '../session/streams/events.ts'
import type { SessionEvents } from '../session/streams/events.ts'
import type { Foundation } from './foundation.ts'
import type { AppOptions } from './options.ts'

/** The streams of sessions, on this process and the others. */
export interface Streams {
  /** Those of this process. */
  readonly events: SessionEvents
  readonly bus: Bus
  /** Calls the streams of a session wherever they are. */
  readonly told: Pick<SessionEvents, 'publish' | 'publishMany'>
}

/** Opens the bus, and joins it to the streams of this process. The caller closes both. */
export function openStreams(
  config: Config,
  log: Logger,
  { db, database, engine, engineOptions, observation }: Foundation,
  options: AppOptions,
): Streams {
  const { recheckInterval, databaseUrl, cacheUrl } = config
  const { now, warn } = engineOptions
  const events = createSessionEvents({
    recheckInterval,
    most: Math.ceil(config.http.connections / 2), // streams must leave connections to requests
    overAmong: (ids) => database.call(() => endedAmong(db, ids)),
    whenOpened: () => watch?.begin(),
    untraced: observation.untraced,
    warn,
  })
  const { othersVersion } = db
  // A guest whose cookie carries the session is on no server.
  const guestsAreElsewhere = engine.recordIn === null && engine.keepsRecords
  const watch =
    othersVersion === null
      ? null
      : watchFile({
          version: othersVersion,
          streams: events,
          statesOf: (ids) => database.call(() => rowStatesOf(db, ids)),
          isWrittenAfter: engine.recordIn === null,
          missesGuests: () => guestsAreElsewhere && !(bus.kind === 'redis' && bus.state.isUp),
        })
  const bus = openBus({
    databaseUrl,
    cacheUrl,
    siblings: options.team,
    statements: db.statements,
    streams: events,
    recheckInterval,
    watchesFile: watch !== null,
    listens: options.serves !== false,
    now,
    log,
  })
  const told: Streams['told'] = {
    publish(id) {
      events.publish(id)
      bus.publish([id])
    },
    publishMany(ids) {
      events.publishMany(ids)
      bus.publish(ids)
    },
  }
  return { events, bus, told }
}
