import type { Config } from '../config/config.ts'
import type { SessionStore } from '../session/store.ts'

/**
 * How sessions leave a store that cannot list what it holds, by servers that have both engines, and how long those servers
 * need SESSION_ENGINE_PREVIOUS. No command can say when the last session has left.
 */
export function howTheyLeave(to: SessionStore, { policy }: Config): string {
  const way = to.list
    ? 'With SESSION_ENGINE_PREVIOUS, the servers move each session when its visitor next writes to it.'
    : 'With SESSION_ENGINE_PREVIOUS, each session stays open where it is until it expires.'
  const age =
    policy.absoluteAge === 0
      ? 'the longest expiry that you give a session (SESSION_ABSOLUTE_AGE=0 sets no limit)'
      : `SESSION_ABSOLUTE_AGE (${policy.absoluteAge} seconds)`
  return `${way} Take it out once every server has had it for ${age}.`
}
