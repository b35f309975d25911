import { useCallback, useState } from 'react'
import { Provider } from 'urql'
import { createClient } from './client.ts'
import type { EndReason } from './session-events.ts'
import { Shop } from './Shop.tsx'

/** The shop, with a client for the visitor of the moment. */
export function App() {
  const [client, setClient] = useState(createClient)
  const [endReason, setEndReason] = useState<EndReason | null>(null)

  /** Another visitor may have come: forget what this page knows of the last one. */
  const renew = useCallback((reason: EndReason | null = null) => {
    // A session that was replaced goes on under another key: this browser has the new cookie already.
    setEndReason(reason === 'REPLACED' ? null : reason)
    setClient(createClient())
  }, [])

  return (
    <Provider value={client}>
      <Shop endReason={endReason} renew={renew} />
    </Provider>
  )
}
