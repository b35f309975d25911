import { useRef } from 'react'
import { useMutation, useQuery } from 'urql'
import { writeTime } from './goods.ts'
import { graphql } from './graphql.ts'
import type { PreferenceFields } from './Preferences.tsx'
import { describeFailure } from './words.ts'

const devices = graphql(`
  query Devices {
    me {
      id
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

interface AccountProps {
  renew: (reason: 'LOGOUT') => void
  preferences: PreferenceFields
}

/** Where the visitor is signed in, and the ways out. */
export function Account({ renew, preferences }: AccountProps) {
  const [{ data, error }, ask] = useQuery({ query: devices, requestPolicy: 'cache-and-network' })
  const [ending, end] = useMutation(endOne)
  const [endingRest, endRest] = useMutation(endOthers)
  const [leaving, leave] = useMutation(logout)
  const heading = useRef<HTMLHeadingElement>(null)
  const askAgain = () => {
    ask({ requestPolicy: 'network-only' })
    heading.current?.focus() // the button is gone with its device
  }
  const failure = error ?? ending.error ?? endingRest.error ?? leaving.error
  const sessions = data?.me?.sessions.nodes ?? []

  async function signOut() {
    const { error } = await leave({})
    if (!error) renew('LOGOUT')
  }

  return (
    <section aria-labelledby="devices">
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
                onClick={() => void end({ id }).then(askAgain)}
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
          <button type="button" className="quiet" onClick={() => void endRest({}).then(askAgain)}>
            Sign out everywhere else
          </button>
        )}
      </p>
    </section>
  )
}
