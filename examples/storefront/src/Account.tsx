import { useRef } from 'react'
import { useMutation } from 'urql'
import { writeTime } from './goods.ts'
import { graphql, type ResultOf } from './graphql.ts'
import type { PreferenceFields } from './Preferences.tsx'
import { describeFailure } from './words.ts'

/** Where a user is signed in, for the query of the page: whatever makes that ask again brings this list up to date too. */
export const deviceFields = graphql(`
  fragment DeviceFields on User {
    sessions(first: 20) {
      nodes {
        id
        device
        ipAddress
        lastSeenAt
        isCurrent
      }
    }
  }
`)

const endOne = graphql(`
  mutation EndOne($id: ID!) {
    revokeSession(id: $id) {
      __typename
    }
  }
`)

const endOthers = graphql(`
  mutation EndOthers {
    revokeOtherSessions {
      revokedCount
    }
  }
`)

const logout = graphql(`
  mutation Logout {
    logout {
      __typename
    }
  }
`)

/** Milliseconds after which the list may be out of date. */
const fresh = 10_000

interface AccountProps {
  devices: ResultOf<typeof deviceFields>
  preferences: PreferenceFields
  askAgain: () => void
  renew: (reason: 'LOGOUT') => void
}

/** Where the visitor is signed in, and the ways out. */
export function Account({ devices, preferences, askAgain, renew }: AccountProps) {
  const [ending, end] = useMutation(endOne)
  const [endingRest, endRest] = useMutation(endOthers)
  const [leaving, leave] = useMutation(logout)
  const heading = useRef<HTMLHeadingElement>(null)
  const failure = ending.error ?? endingRest.error ?? leaving.error
  const sessions = devices.sessions.nodes
  const asked = useRef(0)

  // No event tells of other devices. A pointer or a keyboard that comes to the list is a visitor who is there; a timer is none.
  function lookAgain() {
    if (performance.now() - asked.current < fresh) return
    asked.current = performance.now()
    askAgain()
  }

  function showEnded() {
    askAgain()
    heading.current?.focus() // the button is gone with its device
  }

  async function signOut() {
    const { error } = await leave({})
    if (!error) renew('LOGOUT')
  }

  return (
    <section aria-labelledby="devices" onPointerEnter={lookAgain} onFocus={lookAgain}>
      <h2 id="devices" ref={heading} tabIndex={-1}>
        Your devices
      </h2>
      {failure && <p role="alert">{describeFailure(failure)}</p>}
      <ul className="lines devices">
        {sessions.map(({ id, device, ipAddress, lastSeenAt, isCurrent }) => (
          <li key={id}>
            <span>
              {device ?? 'Unknown device'}{' '}
              {isCurrent && <strong className="badge">This one</strong>}
              <br />
              <small>
                {ipAddress}
                <br />
                Last seen {writeTime(lastSeenAt, preferences)}
              </small>
            </span>
            {!isCurrent && (
              <button
                type="button"
                className="quiet"
                aria-label={`Sign out: ${device ?? 'Unknown device'}`}
                onClick={() => void end({ id }).then(showEnded)}
              >
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      <p className="actions">
        <button type="button" onClick={() => void signOut()}>
          Sign out
        </button>
        {sessions.length > 1 && (
          <button type="button" className="quiet" onClick={() => void endRest({}).then(showEnded)}>
            Sign out everywhere else
          </button>
        )}
      </p>
    </section>
  )
}
