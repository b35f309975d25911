import type { Bus } from './bus.ts'

/** The bus of a process on SQLite that has no wire. It sends nothing, because the others watch the file; so it is always up. */
export function quietBus(now: () => number): Bus {
  return {
    kind: 'sqlite',
    state: { isUp: true, since: now(), lag: null, dropped: 0 },
    publish: () => {},
    publishAll: () => {},
    close: async () => {},
  }
}
