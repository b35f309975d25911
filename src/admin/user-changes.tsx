import type { VNode } from 'preact'
import type { User } from '../auth/users/user.ts'
import type { InvalidField } from '../refusals.ts'
import { sessionsOf } from './confirm-end.tsx'
import { NewPassword } from './new-password.tsx'
import { Irreversible } from './parts.tsx'

/** What the page that asks knows of the user's sessions, and of the form that was sent. */
interface Circumstances {
  /** How many are alive, and will end; 0 where the change ends none. */
  readonly sessions: number
  /** May there be more? */
  readonly isMore: boolean
  /** What is wrong with the form. */
  readonly faults: readonly InvalidField[]
}

/** A change that staff make of a user, as the page that asks says it. */
interface Change {
  /** The question, before the user's name. */
  readonly asks: string
  /** The button that does it. */
  readonly button: string
  readonly isDangerous: boolean
  /** Does it end the user's sessions? */
  readonly endsSessions: boolean
  /** Is it so already? */
  isDone(user: User): boolean
  /** What it does, and the fields that it needs. */
  What(circumstances: Circumstances): VNode
}

/** Every change, by the word that an address has for it. */
export const changes = {
  deactivate: {
    asks: 'Deactivate',
    button: 'Deactivate the user',
    isDangerous: true,
    endsSessions: true,
    isDone: ({ isActive }) => !isActive,
    What: (now) => (
      <>
        <p>The user may not sign in until a member of staff activates the account again.</p>
        <EndOf {...now} more="Activating the account later brings none of them back." />
      </>
    ),
  },
  activate: {
    asks: 'Activate',
    button: 'Activate the user',
    isDangerous: false,
    endsSessions: false,
    isDone: ({ isActive }) => isActive,
    What: () => <p>The user may sign in again. Sessions that have ended stay so.</p>,
  },
  promote: {
    asks: 'Give staff rights to',
    button: 'Give the rights',
    isDangerous: true,
    endsSessions: false,
    isDone: ({ isStaff }) => isStaff,
    What: () => (
      <p>
        The user may then do all that these pages do: see what every session holds, end sessions,
        set passwords and make others staff. You can take the rights back, but nothing that the user
        has done with them.
      </p>
    ),
  },
  demote: {
    asks: 'Take staff rights from',
    button: 'Take the rights',
    isDangerous: true,
    endsSessions: false,
    isDone: ({ isStaff }) => !isStaff,
    What: () => (
      <p>
        From the next request on the user sees none of these pages. They stay signed in as any other
        user. You can give the rights back.
      </p>
    ),
  },
  'set-password': {
    asks: 'Set a password for',
    button: 'Set the password',
    isDangerous: true,
    endsSessions: true,
    isDone: () => false,
    What: ({ faults, ...now }) => (
      <>
        <NewPassword label="New password" faults={faults} />
        <EndOf {...now} before="The old password no longer works. " />
      </>
    ),
  },
} as const satisfies Readonly<Record<string, Change>>

/** Is there such a change? */
export function isChange(word: string): word is keyof typeof changes {
  return Object.hasOwn(changes, word)
}

/** How many sessions end, which cannot be undone. */
function EndOf({
  sessions,
  isMore,
  before = '',
  more = '',
}: Pick<Circumstances, 'sessions' | 'isMore'> & { before?: string; more?: string }): VNode {
  if (sessions === 0 && !isMore)
    return before === '' ? (
      <p>No session of this user is open.</p>
    ) : (
      <Irreversible>{before}</Irreversible>
    )
  return (
    <Irreversible>
      {before}
      {`${sessionsOf(sessions, isMore)} of this user ${sessions === 1 && !isMore ? 'ends' : 'end'}. ${more}`}
    </Irreversible>
  )
}
