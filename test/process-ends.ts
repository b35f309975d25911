import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { loginDocument, registerDocument } from './harness.ts'
import type { Visitor } from './harness.ts'
import { openEvents } from './host/events.ts'
import type { Events } from './host/events.ts'
import type { Run } from './process.ts'
import type { WayToEnd } from './ways-to-end.ts'

const add = 'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename } }'
const look = '{ me { id } session { id } cart { items { sku } } }'

/** How many sessions were begun, for names that no other call has used. */
let begunSoFar = 0

/** What the processes of a test are asked by. */
export interface Asking {
  /** Where each process is, such as http://127.0.0.1:4000. */
  readonly servers: readonly string[]
  /** A visitor of each process in turn. */
  visitor(at: number, cookie?: string | null): Visitor
  readonly staff: Visitor
  readonly password: string
  /** Runs a command of the shell beside them. */
  shell(...words: string[]): Promise<Run>
}

/**
 * Ends a session in each of these ways, all at once, while every process has a stream of it and writes to it. Each stream ends
 * with its reason, and no write brings back what has ended, on any process.
 */
export async function endInEveryWay(ways: readonly WayToEnd[], asking: Asking): Promise<void> {
  const { servers, visitor, staff, password, shell } = asking
  const begun = []
  for (const [at, way] of ways.entries()) {
    const [user, laptop] = [visitor(at), visitor(at + 1)]
    const username = `end${begunSoFar++}`
    const agent = `the browser of ${username}.`
    if (way.isGuest !== true) {
      const { register } = await user.data(registerDocument, { username, password })
      const { login } = await laptop.data(loginDocument, { username, password })
      expect([register.__typename, login.__typename]).toEqual(['RegisterSuccess', 'LoginSuccess'])
    }
    await user.send(add, { sku: 'before' }, { 'user-agent': agent })
    const { cookie } = user
    const { me, session } = await user.data(look)
    expect([way.by, me === null]).toEqual([way.by, way.isGuest === true])
    const server = servers[at % servers.length] ?? ''
    const whose = { username, me: me?.id ?? '', session: session.id, agent }
    const who = { user, laptop, staff, password, ...whose }
    const streams = await Promise.all(servers.map((each) => openEvents(`${each}/graphql`, cookie)))
    begun.push({ ...way, cookie, streams, scene: { ...who, server, shell } })
  }

  const over = begun.map(async ({ by, reason, cookie, streams, scene, end, after, ...way }) => {
    const writers = servers.map((_, at) => visitor(at, cookie))
    const writing = writers.map(async (writer) => {
      for (let n = 0; n < 4; n++) {
        await sleep(Math.random() * 20)
        await writer.send(add, { sku: 'late' })
      }
    })
    await sleep(Math.random() * 30)
    const [answer] = Object.values(await end(scene))
    expect([by, answer?.__typename]).toEqual([by, expect.stringMatching(/Success$/)])
    await Promise.all(writing)
    await sleep(after ?? 0)
    for (const at of servers.keys())
      expect([by, await visitor(at, cookie).data(look)]).toEqual([
        by,
        { me: null, session: { id: null }, cart: { items: [] } },
      ])
    // What comes after the end begins a session of its own.
    for (const writer of writers) {
      const { me, cart } = await writer.data(look)
      expect([by, me]).toEqual([by, null])
      expect(cart.items).not.toContainEqual({ sku: 'before' })
    }
    for (const [at, events] of streams.entries()) {
      const last = await endOf(events).catch(async (error: Error) => {
        if (way.mayBreakOff !== true || !brokenOff.test(error.message)) throw error
        // A server that crashed breaks its streams off too: this one answers.
        await visitor(at).data(look)
        return null
      })
      const ended = { __typename: 'SessionEnded', reason }
      expect([by, last ?? (way.mayBreakOff && ended)]).toEqual([by, ended])
    }
  })
  await Promise.all(over)
}

/** What a stream that broke off rejects with: by `fetch`, or by who reads its events. */
const brokenOff = /^(terminated|The stream broke off\.)$/

/** The last event of a stream, which must be complete after it. Whether it changes before it ends is of other tests. */
async function endOf(events: Events): Promise<unknown> {
  let last: unknown = null
  for (let event; (event = await events.next()) !== null;) last = event
  return last
}
