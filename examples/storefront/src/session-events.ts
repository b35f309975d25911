import { useEffect, useEffectEvent } from 'react'
import { useClient } from 'urql'
import { graphql, type ResultOf } from './graphql.ts'

const events = graphql(`
  subscription Events {
    sessionEvents {
      __typename
      ... on SessionEnded {
        reason
      }
    }
  }
`)

type SessionEvent = ResultOf<typeof events>['sessionEvents']

/** Why a session is over. */
export type EndReason = Extract<SessionEvent, { __typename: 'SessionEnded' }>['reason']

/** What the page does about what happens to its session, in this tab or another. */
interface Listener {
  onChanged: () => void
  onEnded: (reason: EndReason) => void
}

/**
 * Listens to the session of this id. A new session has a stream of its own. A guest who has stored nothing has none, and
 * hears from the tab where that changes.
 */
export function useSessionEvents(id: string | null, { onChanged, onEnded }: Listener): void {
  const client = useClient()
  const hear = useEffectEvent((event: SessionEvent) => {
    if (event.__typename === 'SessionEnded') onEnded(event.reason)
    else onChanged()
  })
  useEffect(() => {
    if (id === null) return
    // When the stream is over, urql gives its last event once more.
    const stream = client.subscription(events, {}).subscribe(({ data, hasNext }) => {
      if (data && hasNext) hear(data.sessionEvents)
    })
    return stream.unsubscribe
  }, [client, id])

  // A guest's first session is made in one tab. The others have no stream to hear of it, so that tab tells them.
  const hearOf = useEffectEvent((other: unknown) => {
    if (other !== id) onChanged()
  })
  useEffect(() => {
    const tabs = new BroadcastChannel('session')
    tabs.onmessage = ({ data }) => hearOf(data)
    if (id !== null) tabs.postMessage(id)
    return () => tabs.close()
  }, [id])
}
