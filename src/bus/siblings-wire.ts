import type { Siblings } from './bus.ts'
import type { Ear, Wire } from './wire.ts'

const subject = 'sessions'

/** What siblings ask each other to measure how long an answer takes. */
const lag = 'bus lag'

/** How long they wait for the answers, in milliseconds: for longer than a sibling may hang before the parent kills it. */
const patience = 60_000

/**
 * The wire through the parent of this process. The parent hands a message to the others, and not back to its sender. Other
 * servers and the shell hear nothing of it: `reachesAll` says whether they need no message, because each watches the SQLite file.
 */
export function siblingsWire(siblings: Siblings, reachesAll: boolean): Wire {
  let listening: Ear | null = null
  siblings.hear(
    subject,
    (message) => listening?.hear(message),
    () => listening?.lost(new Error('The parent process had to drop messages.')),
  )
  siblings.answer(lag, () => true)
  return {
    kind: 'processes',
    name: 'The parent process',
    echoes: false,
    reachesAll,
    async measure() {
      const since = performance.now()
      await siblings.ask(lag, patience)
      return performance.now() - since
    },
    async open(ear) {
      listening = ear
      return { send: async (texts) => texts.forEach((text) => siblings.tell(subject, text)) }
    },
  }
}
