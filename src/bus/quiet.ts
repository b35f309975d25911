import type { Bus } from './bus.ts'

/** The bus of a process on SQLite that knows no other way: the file tells the others. Nothing is sent, and so nothing is lost. */
export function quietBus(now: () => number): Bus {
  return {
    kind: 'sqlite',
    state: { isUp: true, since: now(), lag: null, dropped: 0 },
    publish: () => {},
    publishAll: () => {},
    close: async () => {},
  }
}
