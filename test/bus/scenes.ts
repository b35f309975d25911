import { expect, vi } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { openEvents } from '../host/events.ts'
import type { Events } from '../host/events.ts'

/** A server of a fleet. No stream of it looks again by itself within a test. */
export async function startOne(settings: Record<string, string>): Promise<TestServer> {
  const server = await startServer({ ...settings, SESSION_RECHECK_INTERVAL: '3600' })
  await untilUp(server)
  return server
}

/** Waits until the bus of `server` carries. */
export async function untilUp(server: TestServer): Promise<void> {
  await vi.waitUntil(() => server.app.bus.state.isUp, 60_000)
}

/** Waits until it does not. */
export async function untilDown(server: TestServer): Promise<void> {
  await vi.waitUntil(() => !server.app.bus.state.isUp, 60_000)
}

/** A visitor of `at`, signed in as a user of their own, and the reader of their stream at `elsewhere`. */
export interface Watched {
  readonly visitor: Visitor
  readonly events: Events
}

let users = 0

/** Signs a visitor in at `at`, and opens a stream of their session at `elsewhere`. */
export async function watchFrom(at: TestServer, elsewhere: TestServer): Promise<Watched> {
  const visitor = await at.signedIn(`reader${++users}`)
  const size = elsewhere.app.events.size
  const events = await openEvents(`${elsewhere.url}/graphql`, visitor.cookie)
  // Not by expect.poll, which fails in tests that run beside each other.
  await vi.waitFor(() => expect(elsewhere.app.events.size).toBe(size + 1), 60_000)
  return { visitor, events }
}

/** Signs the visitor out: their stream must end, wherever it is. */
export async function expectEnd({ visitor, events }: Watched): Promise<void> {
  await visitor.data('mutation { logout { __typename } }')
  await expectEnded(events)
}

/** The stream must end by itself, with the reason of a logout. */
export async function expectEnded(events: Events): Promise<void> {
  expect(await events.next()).toEqual({ __typename: 'SessionEnded', reason: 'LOGOUT' })
  expect(await events.next()).toBeNull()
}
