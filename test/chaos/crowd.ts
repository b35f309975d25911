import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { createVisitor, loginDocument } from '../harness.ts'
import type { Answer, Visitor } from '../harness.ts'
import { openEvents } from '../host/events.ts'
import type { Events } from '../host/events.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const revoke = 'mutation ($id: ID!) { revokeAnySession(id: $id) { __typename } }'
const logout = 'mutation { logout { session { id } } }'
const look = '{ me { username } session { id } cart { items { sku quantity } } }'

/** Something that a server has said was done. */
export interface Told {
  /** A line of a cart, or the id of a session. */
  readonly what: string
  /** When it was asked for and when it was answered, in milliseconds of this process's clock. */
  readonly asked: number
  readonly answered: number
}

/** What became of what servers had said. */
export interface Findings {
  /** Writes that a server said were stored, and that a cart lacks. */
  readonly lost: readonly Told[]
  /** Ends that a server said were done, of sessions that open something at a server. */
  readonly revivedGuests: readonly Told[]
  readonly revivedUsers: readonly Told[]
  /** Lines of writes that a server had refused, and lines that were stored twice. */
  readonly strange: readonly string[]
  /** How each stream of a session that ended, and is not back, was over: by the reason that it gave, or `broke off`. */
  readonly streams: ReadonlySet<string>
}

/** Visitors who write and leave at several servers at once, and what they were told. */
export interface Crowd {
  /** The sessions of those who write, and of those who shall leave. */
  readonly ids: readonly string[]
  readonly written: readonly Told[]
  readonly ended: readonly Told[]
  /** How often each answer came, such as `200` and `503 SESSION_STORE_UNAVAILABLE`. */
  readonly answers: ReadonlyMap<string, number>
  /** Waits until so many writes more were stored. */
  write(count: number): Promise<void>
  /** Ends so many sessions, two thirds of them of guests, each asked for until it is answered as done. */
  end(count: number): Promise<void>
  /** Has them write no more. */
  stop(): Promise<void>
  /** Asks every server for all that they were told. Only after they have stopped. */
  findings(): Promise<Findings>
}

interface Writer {
  readonly id: string
  readonly cookie: string | null
  readonly stored: Told[]
  readonly refused: string[]
}

interface Leaver {
  readonly cookie: string | null
  readonly id: string
  readonly isUser: boolean
  /** Of half of them: the stream of the session, at another server than the one that ends it. */
  readonly fate: Promise<string> | null
}

/** As many lines as a cart has room for, beside those of which no answer says whether they are there. */
const mostLines = 84

/** Is this one of those who leave signed in? */
const isOfUser = (number: number) => number % 3 === 0

/** Has guests and users write at all of these servers, and makes ready `leaving` sessions that shall end. Staff are `admin`. */
export async function gatherCrowd(
  servers: readonly { readonly url: string }[],
  { password, leaving }: { readonly password: string; readonly leaving: number },
): Promise<Crowd> {
  const written: Told[] = []
  const ended: (Told & Leaver)[] = []
  const answers = new Map<string, number>()
  let isOver = false

  const at = (server: number, cookie: string | null = null): Visitor =>
    createVisitor(`${servers[server % servers.length]!.url}/graphql`, 'sessionid', cookie)
  const signIn = async (visitor: Visitor) => {
    const { login } = await visitor.data(loginDocument, { username: 'admin', password })
    expect(login.__typename).toBe('LoginSuccess')
  }
  const note = ({ status, headers, errors, setCookie }: Answer) => {
    const code = errors?.[0]?.extensions.code
    const word = [status, code, status === 503 && headers.get('retry-after') === null && 'for ever']
    const cookies = status === 503 && setCookie.length > 0 && 'with a cookie'
    const answer = [...word, cookies].filter(Boolean).join(' ')
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }
  /** Asks until it is answered without an error. */
  const ask = async (visitor: Visitor, query: string, variables?: object) => {
    for (;;) {
      const answer = await visitor.send(query, variables)
      note(answer)
      if (answer.errors === undefined) return answer
      await sleep(50)
    }
  }

  const staff = at(0)
  await signIn(staff)
  const writers: Writer[] = []
  const beginWriter = async (number: number): Promise<Writer> => {
    const visitor = at(number)
    if (number < 3) await signIn(visitor)
    await ask(visitor, add, { sku: 'first' })
    const { data } = await ask(visitor, look)
    const { cookie } = visitor
    const writer = { id: data.session.id, cookie, stored: [], refused: [] }
    writers.push(writer)
    return writer
  }
  const first: Writer[] = []
  for (let number = 0; number < 10; number++) first.push(await beginWriter(number))
  const arrive = async (number: number): Promise<Leaver> => {
    const visitor = at(number)
    const isUser = isOfUser(number)
    if (isUser) await signIn(visitor)
    await visitor.data(add, { sku: 'left' })
    const { session } = await visitor.data(look)
    const { cookie } = visitor
    const { url } = servers[number % servers.length]!
    const watched = number % 6 < 3 ? await openEvents(`${url}/graphql`, cookie) : null
    return { cookie, id: session.id, isUser, fate: watched && fateOf(watched) }
  }
  const numbers = Array.from({ length: leaving }, (_, number) => number)
  const arriving = new Map(
    numbers.filter((number) => !isOfUser(number)).map((number) => [number, arrive(number)]),
  )
  // One after the other: the throttle takes many logins at once for guesses.
  for (const number of numbers.filter(isOfUser)) {
    const user = arrive(number)
    arriving.set(number, user)
    await user
  }
  const leavers = await Promise.all(numbers.map((number) => arriving.get(number)!))
  let left = 0

  /** Writes at one server, until the half of a cart that is this server's is full. */
  const fill = async ({ cookie, stored, refused }: Writer, place: number) => {
    const visitor = at(place, cookie)
    let lines = 0
    for (let asks = 0; lines < mostLines / servers.length && !isOver; asks++) {
      const sku = `${place}-${asks}`
      const asked = performance.now()
      const answer = await visitor.send(add, { sku })
      note(answer)
      const answered = performance.now()
      if (answer.data?.addCartItem?.__typename === 'CartSuccess') {
        const told = { what: sku, asked, answered }
        written.push(told)
        stored.push(told)
        lines++
        await sleep(200)
      } else {
        // Where the answer leaves it open, it may be there.
        if (!/may have been stored/.test(answer.errors?.[0]?.message)) refused.push(sku)
        await sleep(50)
      }
    }
  }
  const writing = first.map(async (begun, number) => {
    let writer = begun
    for (;;) {
      const filling = servers.map((_server, place) => fill(writer, place))
      await Promise.all(filling)
      if (isOver) return
      writer = await beginWriter(10 + number)
    }
  })
  // A test that fails does not wait for them.
  for (const loop of writing) loop.catch(() => {})

  const endOne = async (leaver: Leaver, number: number) => {
    // Its stream is at the other server.
    const visitor = at(number + 1, leaver.isUser ? leaver.cookie : staff.cookie)
    const asked = performance.now()
    if (leaver.isUser) await ask(visitor, logout)
    else await ask(visitor, revoke, { id: leaver.id })
    ended.push({ ...leaver, what: leaver.id, asked, answered: performance.now() })
  }

  return {
    ids: [...first, ...leavers].map(({ id }) => id),
    written,
    ended,
    answers,
    write: (count) => {
      const aim = written.length + count
      return expect.poll(() => written.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(aim)
    },
    async end(count) {
      const from = left
      left += count
      expect(leavers.length).toBeGreaterThanOrEqual(left)
      const going = leavers.slice(from, left).map((leaver, index) => endOne(leaver, from + index))
      await Promise.all(going)
    },
    async stop() {
      isOver = true
      await Promise.all(writing)
    },
    async findings() {
      const lost: Told[] = []
      const strange: string[] = []
      const revived = { guests: [] as Told[], users: [] as Told[] }
      const streams = new Set<string>()
      const carts = writers.flatMap(({ cookie, stored, refused }) =>
        servers.map(async (_server, place) => {
          const { data } = await ask(at(place, cookie), look)
          const items: { sku: string; quantity: number }[] = data.cart.items
          const skus = new Set(items.map(({ sku }) => sku))
          lost.push(...stored.filter(({ what }) => !skus.has(what)))
          strange.push(...refused.filter((sku) => skus.has(sku)))
          strange.push(...items.filter(({ quantity }) => quantity !== 1).map(({ sku }) => sku))
        }),
      )
      const ends = ended.map(async (one) => {
        let isBack = false
        for (const place of servers.keys()) {
          const { data } = await ask(at(place, one.cookie), look)
          if (data.me === null && data.session.id === null) continue
          revived[one.isUser ? 'users' : 'guests'].push(one)
          isBack = true
        }
        // The stream of a session that is back may go on with it.
        if (isBack) return
        const late = sleep(30_000, 'still open', { ref: false })
        const fate = await Promise.race([one.fate, late])
        if (fate !== null) streams.add(fate)
      })
      await Promise.all([...carts, ...ends])
      return {
        lost,
        strange,
        streams,
        revivedGuests: revived.guests,
        revivedUsers: revived.users,
      }
    },
  }
}

/** How a stream is over: `SessionEnded` with its reason, `broke off`, or `complete` where it said nothing. */
async function fateOf(events: Events): Promise<string> {
  let fate = 'complete'
  try {
    for (let event; (event = await events.next()) !== null;) {
      const { __typename: kind, reason } = event as { __typename: string; reason?: string }
      if (kind === 'SessionEnded') fate = `${reason}`
    }
    return fate
  } catch {
    return 'broke off'
  }
}
