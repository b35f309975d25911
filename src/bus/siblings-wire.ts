import type { Siblings } from './bus.ts'
import type { Ear, Wire } from './wire.ts'

const subject = 'sessions'

/** What siblings ask each other to see how long that takes. */
const lag = 'bus lag'

/**
 * The way through the parent of this process. The parent hands a message to the others only. Other servers and the shell are
 * not reached by it: `reachesAll` says whether they have another way, such as the file of SQLite.
 */
export function siblingsWire(siblings: Siblings, reachesAll: boolean): Wire {
  let listening: Ear | null = null
  siblings.hear(
    subject,
    (message) => listening?.hear(message),
    () => listening?.lost(new Error('The parent process had to drop messages.')),
  )
  const { ask } = siblings
  siblings.answer?.(lag, () => true)
  return {
    kind: 'processes',
    name: 'The parent process',
    echoes: false,
    reachesAll,
    ...(ask && {
      async measure() {
        const since = performance.now()
        await ask(lag)
        return performance.now() - since
      },
    }),
    async open(ear) {
      listening = ear
      return { send: async (texts) => texts.forEach((text) => siblings.tell(subject, text)) }
    },
  }
}
