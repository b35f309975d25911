import type { RequestRoster, Roster } from '../auth/roster/roster.ts'
import type { Config } from '../config/config.ts'
import type { SessionDefinitions } from '../session/record/data.ts'
import { mostBytes } from '../session/record/definitions.ts'
import { createWriterQueue } from '../session/queue.ts'
import { serveSessions } from '../session/serve.ts'
import type { SessionsOfRequests } from '../session/serve.ts'
import type { SessionSettings } from '../session/settings.ts'
import type { SessionStore } from '../session/store.ts'
import { createTouchPause } from '../session/touch-pause.ts'
import type { Foundation } from './foundation.ts'
import type { Streams } from './streams.ts'

/** The sessions of visitors. */
export interface OpenSessions extends SessionsOfRequests<RequestRoster> {
  /** What they share. */
  readonly settings: SessionSettings
  /** Did the last write of a session fail? */
  isWriteFailing(): boolean
}

/** What sessions work on, beside the foundation. */
export interface SessionsParts {
  readonly store: SessionStore
  readonly roster: Pick<Roster, 'attend'>
  readonly told: Streams['told']
  /** How sessions keep each name. */
  readonly definitions: SessionDefinitions
}

/** Makes what all sessions share, and what opens the session of a request. */
export function openSessions(
  { engine, engineOptions, observation }: Foundation,
  { store, roster, told, definitions }: SessionsParts,
  { policy, cookie, saveEveryRequest }: Pick<Config, 'policy' | 'cookie' | 'saveEveryRequest'>,
): OpenSessions {
  const { now, warn } = engineOptions
  const touchPause = createTouchPause({ age: policy.age, now, warn })
  const settings: SessionSettings = {
    store,
    now,
    policy,
    definitions,
    maxBytes: mostBytes,
    queue: createWriterQueue(),
    saveEveryRequest,
    touchPause,
    events: told,
    ...(observation.metrics && { counts: observation.metrics.auth }),
  }
  const { withSession, look } = serveSessions<RequestRoster>({
    settings,
    openCarrier: engine.carrierFor(store),
    cookie,
    attend: roster.attend,
    warn,
  })
  return { settings, withSession, look, isWriteFailing: () => touchPause.isFailing }
}
