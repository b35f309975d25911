import { SessionInterrupted } from '../../src/refusals.ts'
import type { Builder } from '../../src/graphql/builder.ts'

// Requests that stop half-way, so that a test can end their session meanwhile, without a guess at how long anything
// takes.

/** A door that requests wait at, by its name, until it is opened. */
export interface Door {
  readonly name: string
  /** Resolves once so many have come. */
  arrived(count: number): Promise<void>
  open(): void
}

interface Hinges {
  readonly opened: Promise<void>
  arrive(): void
}

const doors = new Map<string, Hinges>()

/** A door that is closed. */
export function createDoor(): Door {
  const name = `door${doors.size}`
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  let count = 0
  let look = () => {}
  doors.set(name, {
    opened,
    arrive() {
      count++
      look()
    },
  })
  return {
    name,
    open: () => open(),
    arrived: (wanted) =>
      new Promise((resolve) => {
        look = () => {
          if (count >= wanted) resolve()
        }
        look()
      }),
  }
}

async function waitAt(name: string): Promise<void> {
  const door = doors.get(name)
  door?.arrive()
  await door?.opened
}

/** A query and a mutation that wait at a door. */
export function addSlowFields(builder: Builder): void {
  builder.queryFields((t) => ({
    readSlowly: t.boolean({
      description: 'Looks at the session, waits, and says whether a user was signed in.',
      args: { door: t.arg.string({ required: true }) },
      async resolve(_root, { door }, { session }) {
        const auth = await session.auth()
        await waitAt(door)
        return auth !== null
      },
    }),
  }))

  builder.mutationFields((t) => ({
    writeSlowly: t.boolean({
      errors: { types: [SessionInterrupted] },
      description: 'Looks at the session, waits, and writes.',
      args: { door: t.arg.string({ required: true }) },
      async resolve(_root, { door }, { session }) {
        await session.id()
        await waitAt(door)
        session.set('values', { late: true })
        return true
      },
    }),
  }))
}
