import type { Stream } from './history.ts'

/** What came of a request. */
export interface Reply {
  /**
   * `answered`: by the server. `unsent`: the server was not there to take it. `lost`: the connection broke, or the answer did
   * not come in time.
   */
  readonly how: 'answered' | 'unsent' | 'lost'
  readonly status: number
  /** The cookie that the answer sets: a key, `` where it takes it away; undefined where it says nothing. */
  readonly cookie: string | undefined
  // The documents are ours, and the schema is checked by its own test.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any
  /** The code and the message of the first error. */
  readonly error: string | null
}

/** How long a visitor waits for an answer, in milliseconds. */
const patience = 12_000

/** Sends an operation with `cookie`, from an address of the visitor's own. Never rejects. */
export async function send(
  url: string,
  cookie: string | null,
  query: string,
  variables: object = {},
  address = '10.0.0.1',
): Promise<Reply> {
  const nothing = { status: 0, cookie: undefined, data: null, error: null }
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      signal: AbortSignal.timeout(patience),
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': address,
        ...(cookie !== null && { cookie: `sessionid=${cookie}` }),
      },
      body: JSON.stringify({ query, variables }),
    })
    const { status } = response
    const body = (await response.json()) as Pick<Reply, 'data'> & { errors?: Failure[] }
    return {
      how: 'answered',
      status,
      cookie: cookieOf(response.headers),
      data: body.data ?? null,
      error: body.errors?.[0] ? sentenceOf(body.errors[0]) : null,
    }
  } catch (error) {
    return { ...nothing, how: howFailed(error) }
  }
}

/** Posts a form of the staff's pages. `to` is where its answer leads; null where it is a page, or none came. Never rejects. */
export async function staffForm(
  url: string,
  cookie: string,
  query: string,
  fields: Record<string, string>,
): Promise<Pick<Reply, 'how' | 'status'> & { to: string | null; html: string }> {
  try {
    const response = await fetch(`${url}/admin${query}`, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
      headers: { cookie: `sessionid=${cookie}` },
      body: new URLSearchParams(fields),
    })
    const { status, headers } = response
    const html = await response.text()
    return { how: 'answered', status, to: headers.get('location'), html }
  } catch (error) {
    return { how: howFailed(error), status: 0, to: null, html: '' }
  }
}

interface Failure {
  readonly message: string
  readonly extensions?: { readonly code?: string }
}

function howFailed(error: unknown): Reply['how'] {
  const { code } = (error as { cause?: { code?: string } }).cause ?? {}
  return code === 'ECONNREFUSED' ? 'unsent' : 'lost'
}

function sentenceOf({ message, extensions }: Failure): string {
  return `${extensions?.code ?? 'NO_CODE'}: ${message}`
}

function cookieOf(headers: Headers): string | undefined {
  const line = headers.getSetCookie().find((each) => each.startsWith('sessionid='))
  return line?.slice('sessionid='.length, line.indexOf(';'))
}

/** A stream of a session's events, as it went. */
export interface Listening {
  /** How it was over, and the first reason that it gave; undefined where it gave none. Resolves when it is over, however it is. */
  readonly over: Promise<Pick<Stream, 'reason'> & { how: Exclude<Stream['how'], 'left'> }>
  leave(): void
}

const events = 'subscription { sessionEvents { __typename ... on SessionEnded { reason } } }'

/** Opens the stream of the session of `cookie`; null where it cannot be opened. */
export async function listen(url: string, cookie: string): Promise<Listening | null> {
  const caller = new AbortController()
  const late = setTimeout(() => caller.abort(), patience)
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    signal: caller.signal,
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      cookie: `sessionid=${cookie}`,
    },
    body: JSON.stringify({ query: events }),
  }).catch(() => null)
  clearTimeout(late)
  if (!response?.body || response.status !== 200) {
    caller.abort()
    return null
  }
  const over = follow(response.body as unknown as AsyncIterable<Uint8Array>)
  return { over, leave: () => caller.abort() }
}

async function follow(body: AsyncIterable<Uint8Array>): Listening['over'] {
  const decoder = new TextDecoder()
  const reasons: string[] = []
  let text = ''
  let isFollowed = false
  try {
    for await (const chunk of body) {
      const events = (text + decoder.decode(chunk, { stream: true })).split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        // A stream whose first look fails is refused by an error. Later ones are tried again.
        if (!isFollowed && event.includes('"errors":')) return { how: 'refused' }
        isFollowed ||= event.includes('"sessionEvents":')
        const [, reason] = /"SessionEnded","reason":"([A-Z_]+)"/.exec(event) ?? []
        if (reason !== undefined) reasons.push(reason)
        if (/^event: complete/m.test(event)) return howOver(reasons, 'completed')
      }
    }
  } catch {
    // Broken off, by the server or by us.
  }
  return howOver(reasons, 'broken')
}

/** A session ends once. */
function howOver(
  [reason, ...more]: readonly string[],
  without: 'completed' | 'broken',
): Awaited<Listening['over']> {
  if (reason === undefined) return { how: without }
  return { how: more.length > 0 ? 'repeated' : 'ended', reason }
}
