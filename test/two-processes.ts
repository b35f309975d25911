import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor, loginDocument, registerDocument } from './harness.ts'
import { disturb } from './chaos/bus.ts'
import type { BusState, Disturbed } from './chaos/bus.ts'
import type { Proxy } from './chaos/proxy.ts'
import { openEvents } from './host/events.ts'
import { endInEveryWay } from './process-ends.ts'
import { runCommand, startProcess } from './process.ts'
import type { ServerProcess } from './process.ts'
import { shortly, waysToEnd } from './ways-to-end.ts'
import type { WayToEnd } from './ways-to-end.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on CartSuccess { cart { totalQuantity } } ... on Error { code } } }'
const setValue =
  'mutation ($key: String!, $value: JSON!) { setSessionValue(key: $key, value: $value) { __typename } }'
const shorten = `mutation { setSessionExpiry(seconds: ${shortly}) { __typename } }`
const revoke = 'mutation ($id: ID!) { deleteSession(id: $id) { __typename } }'
const look = '{ me { id } session { id keys value(key: "n") } cart { totalQuantity } }'
const admin = { username: 'admin', password: 'two processes, one store' }

/** How the processes of a test are set up. */
export interface ProcessesOptions {
  /** How many there are: two, where nothing is said. */
  readonly processes?: number
  /** How what carries news between them does: it is up, where nothing is said. */
  readonly bus?: BusState
  /** Does each cookie carry its session? Then it is the newest cookie that counts, and only ends hold for every copy. */
  readonly isInCookies?: boolean
  /** Are they workers on one port? Then any connection may be answered by each of them. */
  readonly areWorkers?: boolean
  /** Do sessions end in the ways that take seconds, too: by a program of the shell, and by themselves? */
  readonly everyEnd?: boolean
  /** The proxies that disturb the bus, where they are there before the processes start. */
  readonly proxies?: () => readonly Proxy[]
}

/**
 * What must hold between processes that share a store, where no queue in memory helps: only versions and replays do.
 * `settings` is asked once, with a folder that all processes work in.
 */
export function describeTwoProcesses(
  engine: string,
  settings: (folder: string) => Record<string, string> | Promise<Record<string, string>>,
  {
    processes = 2,
    bus = 'up',
    isInCookies = false,
    areWorkers = false,
    everyEnd = false,
    proxies,
  }: ProcessesOptions = {},
): void {
  const which = everyEnd ? 'all' : 'byRequest'
  // An older cookie carries a session that lasts as long as that cookie, whatever a newer one says, and a guest's goes on.
  const ways = isInCookies
    ? waysToEnd[which].filter(({ reason }) => reason !== 'EXPIRED')
    : [...waysToEnd[which], ...waysToEnd.ofGuests[which]]
  const news = bus === 'up' ? '' : `, with the bus ${bus}`
  const kind = areWorkers ? 'workers' : 'processes'
  describe(
    `${processes} ${kind} on ${engine}${news}`,
    { meta: { engine, cell: { processes: `${processes} ${kind}`, bus, ends: ways.map(saidOf) } } },
    () => {
      let folder: string
      let disturbed: Disturbed
      const servers: ServerProcess[] = []
      beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'coatcheck-two-'))
        const given = {
          DATABASE_URL: `file:${join(folder, 'two.db')}`,
          ADMIN_PASSWORD: admin.password,
          ...(await settings(folder)),
        }
        disturbed = await disturb(bus, given, proxies?.())
        // Where news reach the other processes, it must be those that end a stream, and not its own next look.
        disturbed.settings['SESSION_RECHECK_INTERVAL'] = bus === 'down' ? '1' : '3600'
        const workers = areWorkers ? { WORKERS: `${processes}` } : null
        const start = () => startProcess(folder, { ...disturbed.settings, ...workers })
        // The first prepares the database, and the others start at once.
        const first = await start()
        servers.push(first)
        const others = Array.from({ length: processes - 1 }, () => (workers ? first : start()))
        for (const started of await Promise.allSettled(others))
          if (started.status === 'fulfilled') servers.push(started.value)
        await Promise.all(others)
      })
      afterAll(async () => {
        await Promise.all(servers.map((server) => server.stop()))
        await disturbed?.close()
        rmSync(folder, { recursive: true, force: true })
      })

      const updating = test.skipIf(isInCookies)

      /** A visitor of each process in turn. */
      const visitor = (at: number, cookie: string | null = null) =>
        createVisitor(`${servers[at % processes]!.url}/graphql`, 'sessionid', cookie)

      updating(
        'processes that share a store keep fifty of fifty updates, and each answer is what was stored',
        { tags: ['C7'] },
        async () => {
          const first = visitor(0)
          await first.data(add, { sku: 'first' })
          const answers = await Promise.all(
            Array.from({ length: 50 }, (_, at) =>
              visitor(at, first.cookie).data(add, { sku: `s${at % 5}` }),
            ),
          )
          const totals = answers.map(({ addCartItem }) => addCartItem.cart.totalQuantity)
          expect(new Set(totals).size).toBe(50)
          expect((await visitor(1, first.cookie).data(look)).cart.totalQuantity).toBe(51)
        },
      )

      updating(
        'processes that store fifty names at once store fifty names',
        { tags: ['C7'] },
        async () => {
          const first = visitor(0)
          await first.data(add, { sku: 'first' })
          await Promise.all(
            Array.from({ length: 50 }, (_, at) =>
              visitor(at, first.cookie).data(setValue, { key: `name${at}`, value: at }),
            ),
          )
          expect((await visitor(1, first.cookie).data(look)).session.keys).toHaveLength(50)
        },
      )

      updating('one process reads what another has answered', { tags: ['C11'] }, async () => {
        const [guest, user] = [visitor(0), visitor(1)]
        await guest.data(add, { sku: 'first' })
        await user.data(loginDocument, admin)
        for (const { cookie } of [guest, user]) {
          for (let n = 0; n < 50; n++) {
            await visitor(n, cookie).data(setValue, { key: 'n', value: n })
            expect((await visitor(n + 1, cookie).data(look)).session.value).toBe(n)
          }
        }
      })

      updating(
        'processes answer registrations, revocations and writes at once, all with success',
        async () => {
          const staff = [visitor(0), visitor(1)]
          for (const each of staff) await each.data(loginDocument, admin)
          const lives = Array.from({ length: 6 }, async (_, at) => {
            const newcomer = visitor(at)
            const username = `both${at}`
            const { register } = await newcomer.data(registerDocument, {
              username,
              password: admin.password,
            })
            expect(register.__typename).toBe('RegisterSuccess')
            for (let n = 0; n < 5; n++)
              await visitor(at + n, newcomer.cookie).data(add, { sku: 'hat' })
            const { session, cart } = await newcomer.data(look)
            expect(cart.totalQuantity).toBe(5)
            const { deleteSession } = await staff[at % 2]!.data(revoke, { id: session.id })
            expect(deleteSession.__typename).toBe('RevokeSessionSuccess')
            expect((await visitor(at + 1, newcomer.cookie).data(look)).me).toBeNull()
          })
          await Promise.all(lives)
        },
      )

      test(
        'a session that one process ends is over on every process, and its streams there say why, whatever ended it',
        { tags: ['C3', 'C4'] },
        async () => {
          const staff = visitor(0)
          await staff.data(loginDocument, admin)
          // The file is all that tells the processes of what a command does, so a part of it is played for each change.
          const isFile = disturbed.settings['DATABASE_URL']?.startsWith('file:')
          const more = isFile && !everyEnd ? [waysToEnd.byShell] : []
          const listsGuests = /^(cached-)?database$/.test(
            disturbed.settings['SESSION_ENGINE'] ?? 'database',
          )
          const all = [...ways, ...more].filter(({ needsList }) => listsGuests || !needsList)
          await endInEveryWay(all, {
            servers: servers.map(({ url }) => url),
            visitor,
            staff,
            password: admin.password,
            shell: (...words) => runCommand(folder, words, disturbed.settings),
          })
        },
      )

      updating(
        'what one process changes reaches the streams at every other, and where it shortens a session those say why that is over, though no other process is asked for anything',
        async () => {
          const [guest, user] = [visitor(0), visitor(0)]
          await guest.data(add, { sku: 'first' })
          await user.data(loginDocument, admin)
          const watching = [guest, user].map(async (holder) => {
            const streams = await Promise.all(
              servers.map(({ url }) => openEvents(`${url}/graphql`, holder.cookie)),
            )
            await holder.data(setValue, { key: 'n', value: 1 })
            const changed = await Promise.all(streams.map((stream) => stream.next()))
            await holder.data(shorten)
            const ends = streams.map(async (stream) => {
              let last: unknown = null
              for (let event; (event = await stream.next()) !== null;) last = event
              return last
            })
            return [changed, await Promise.all(ends)]
          })
          const each = servers.map(() => expect.objectContaining({ __typename: 'SessionChanged' }))
          const ended = servers.map(() => ({ __typename: 'SessionEnded', reason: 'EXPIRED' }))
          expect(await Promise.all(watching)).toEqual([
            [each, ended],
            [each, ended],
          ])
        },
      )

      updating('a login in one process loses nothing that the others acknowledged', async () => {
        for (let round = 0; round < 5; round++) {
          const guest = visitor(0)
          await guest.data(add, { sku: 'first' })
          const adding = Array.from({ length: 40 }, async (_, at) => {
            await sleep(Math.random() * 60)
            return (
              await visitor(1 + (at % (processes - 1)), guest.cookie).data(add, {
                sku: `s${at % 5}`,
              })
            ).addCartItem
          })
          await sleep(Math.random() * 30)
          await guest.data(loginDocument, admin)
          const answers = await Promise.all(adding)
          const added = answers.filter(({ __typename }) => __typename === 'CartSuccess').length
          const refused = answers.filter(({ code }) => code === 'SESSION_INTERRUPTED').length
          expect(added + refused).toBe(40)
          expect((await guest.data(look)).cart.totalQuantity).toBe(added + 1)
        }
      })

      test(
        'a logout in one process leaves no write of the session that was under way in another',
        { tags: ['C3'] },
        async () => {
          for (let round = 0; round < 10; round++) {
            const user = visitor(0)
            const { login } = await user.data(loginDocument, admin)
            expect(login.__typename).toBe('LoginSuccess')
            const cookie = user.cookie
            const writers = Array.from({ length: 5 }, (_, at) =>
              visitor(1 + (at % (processes - 1)), cookie),
            )
            const writing = writers.map(async (writer) => {
              await sleep(Math.random() * 15)
              return writer.send(add, { sku: 'late' })
            })
            await sleep(Math.random() * 15)
            await user.data('mutation { logout { session { id } } }')
            await Promise.all(writing)
            for (const survivor of [visitor(0, cookie), visitor(1, cookie), ...writers]) {
              expect(await survivor.data(look)).toMatchObject({
                me: null,
                session: { id: null },
                cart: { totalQuantity: 0 },
              })
            }
          }
        },
      )
    },
  )
}

const saidOf = ({ by, reason }: WayToEnd) => `${by}: \`${reason}\``
