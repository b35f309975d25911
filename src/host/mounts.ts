import type { Handler } from '../http/server.ts'
import { createDoor } from './door.ts'
import type { Door, DoorOptions } from './door.ts'
import { factsOf } from './facts.ts'
import type { HostFacts, OpenHostExchange } from './facts.ts'
import type { AnswerFetch } from './fetch.ts'
import { createListener } from './listener.ts'
import type { Mountable, NodeListener } from './listener.ts'

/** What a host mounts, and how it ends. */
export interface Mounts {
  readonly graphql: NodeListener
  readonly admin: NodeListener
  readonly fetch: AnswerFetch
  /** The exchange of a request for a route of the host's own. */
  readonly openExchange: OpenHostExchange
  /** See `Door.enter`. */
  readonly enter: Door['enter']
  /** false once it is closed. */
  readonly isOpen: boolean
  /**
   * Breaks streams off, answers 503 to what the host still hands over, and resolves when what is under way is answered, or
   * after ten seconds.
   */
  close(): Promise<void>
}

const none: HostFacts = {}

/** How long closing waits for requests that are under way, in milliseconds. */
const patience = 10_000

/** What an application has for hosts. */
export interface Mounted {
  /** What answers each path of our own server. */
  readonly handlers: Readonly<Record<string, Handler>>
  /** Breaks the streams off. */
  endStreams(): void
}

/** Makes of an application what hosts mount. What speaks the Fetch standard is loaded with its first request. */
export function createMounts({ handlers, endStreams }: Mounted, options: DoorOptions): Mounts {
  const door = createDoor(options, Object.keys(handlers))
  const api: Mountable = { name: '/graphql', handler: handlers['/graphql'] }
  const admin: Mountable = { name: '/admin', handler: handlers['/admin'] }
  let fetching: Promise<AnswerFetch> | null = null

  return {
    graphql: createListener(door, api),
    admin: createListener(door, admin),
    async fetch(request, facts) {
      fetching ??= import('./fetch.ts').then(({ createFetch }) => createFetch(door, [api, admin]))
      return (await fetching)(request, facts)
    },
    openExchange: (request, response, facts = none) =>
      door.open(request, response, factsOf(request, facts)),
    enter: door.enter,
    get isOpen() {
      return door.isOpen
    },
    close() {
      const quiet = door.close(patience)
      endStreams()
      return quiet
    },
  }
}
