/** A reader of a visitor's `sessionEvents`. */
export interface Events {
  readonly headers: Headers
  /** The next event; null once the stream is complete. Rejects where it was broken off. */
  next(): Promise<unknown>
  leave(): void
}

const query =
  'subscription { sessionEvents { __typename ... on SessionChanged { session { id } } ... on SessionEnded { reason } } }'

/** Opens the stream of the session whose cookie this is. */
export async function openEvents(endpoint: string, cookie: string | null): Promise<Events> {
  const reader = new AbortController()
  const { status, headers, body } = await fetch(endpoint, {
    method: 'POST',
    signal: reader.signal,
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      cookie: `sessionid=${cookie}`,
    },
    body: JSON.stringify({ query }),
  })
  if (status !== 200 || body === null) throw new Error(`No stream: ${status}`)
  // Locked at once: Node cancels a body that is not being read when it collects the response.
  const chunks = (body as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const events = readEvents(chunks as AsyncIterableIterator<Uint8Array>)
  return {
    headers,
    next: async () => (await events.next()).value ?? null,
    leave: () => reader.abort(),
  }
}

async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      if (lines.includes('event: complete')) return
      const data = lines.find((line) => line.startsWith('data: '))
      if (data) yield JSON.parse(data.slice('data: '.length)).data.sessionEvents
    }
  }
  throw new Error('The stream broke off.')
}
