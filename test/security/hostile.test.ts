import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accounts } from './hostile/accounts.ts'
import { bodies } from './hostile/bodies.ts'
import { bounds } from './hostile/bounds.ts'
import { carts } from './hostile/carts.ts'
import { clients } from './hostile/clients.ts'
import { cookies } from './hostile/cookies.ts'
import { documents } from './hostile/documents.ts'
import type { Hostile } from './hostile/entry.ts'
import { exchange } from './hostile/exchange.ts'
import { headers } from './hostile/headers.ts'
import { judge } from './hostile/judge.ts'
import { leaksOf } from './hostile/leaks.ts'
import { lists } from './hostile/lists.ts'
import { logins } from './hostile/logins.ts'
import { origins } from './hostile/origins.ts'
import { staffPages } from './hostile/pages.ts'
import { paths } from './hostile/paths.ts'
import { raw, slow } from './hostile/raw.ts'
import { bytesOf } from './hostile/request.ts'
import { staff } from './hostile/staff.ts'
import { transports } from './hostile/transports.ts'
import { types } from './hostile/types.ts'
import { values } from './hostile/values.ts'
import { variables } from './hostile/variables.ts'
import { openWorld } from './hostile/world.ts'
import type { World } from './hostile/world.ts'

interface Kind {
  readonly name: string
  /** The promises that every entry of the kind shows. */
  readonly tags: string[]
  readonly entries: readonly Hostile[]
  readonly concurrent?: boolean
}

const kinds: Kind[] = [
  { name: 'body', tags: ['E4', 'E15', 'E18', 'E19'], entries: bodies },
  { name: 'content type', tags: ['E3'], entries: types },
  { name: 'document', tags: ['E12', 'E13', 'E15', 'E25'], entries: documents },
  { name: 'bound', tags: ['E5', 'E6', 'E7', 'E8', 'E9', 'E10'], entries: bounds },
  { name: 'variable', tags: ['D22', 'E12', 'E15'], entries: variables },
  { name: 'transport', tags: ['E2'], entries: transports },
  { name: 'login', tags: ['D9', 'K11'], entries: logins },
  { name: 'account', tags: ['D8', 'D9', 'D21'], entries: accounts },
  { name: 'cookie', tags: ['A8', 'A9', 'A10', 'H16'], entries: cookies },
  { name: 'origin', tags: ['F1', 'F2', 'F3', 'F5', 'F6'], entries: origins },
  { name: 'header', tags: ['K4'], entries: headers },
  { name: 'client', tags: ['D16'], entries: clients },
  { name: 'path', tags: [], entries: paths },
  { name: 'value', tags: [], entries: values },
  { name: 'cart', tags: [], entries: carts },
  { name: 'staff', tags: [], entries: staff },
  { name: 'page of staff', tags: [], entries: staffPages },
  { name: 'list', tags: [], entries: lists },
  { name: 'bytes', tags: [], entries: raw },
  { name: 'slow', tags: ['K3'], entries: slow, concurrent: true },
]

let world: World
let open: World
beforeAll(async () => {
  ;[world, open] = await Promise.all([openWorld(), openWorld({ INTROSPECTION: 'true' })])
})
afterAll(() => Promise.all([world.stop(), open.stop()]))

test('there are at least 300 hostile requests, no two of them the same', () => {
  const entries = kinds.flatMap((kind) => kind.entries)
  const requests = entries.map(({ attack: _attack, shows: _shows, expect: _expect, ...request }) =>
    JSON.stringify(request),
  )
  expect(new Set(requests).size).toBe(entries.length)
  expect(entries.length).toBeGreaterThanOrEqual(300)
})

describe('a hostile request is answered as it should be', { tags: ['K2', 'E16', 'F8'] }, () => {
  let count = 0

  for (const { name, tags, entries, concurrent = false } of kinds) {
    describe(name, () => {
      for (const entry of entries) {
        const shown = [...new Set([...tags, ...(entry.shows ?? [])])]
        test(`hostile request: ${entry.attack}`, { tags: shown, concurrent }, () => attack(entry))
      }
    })
  }

  async function attack(entry: Hostile): Promise<void> {
    const target = entry.at === 'open' ? open : world
    count += 1
    const sent = bytesOf(entry, target, `198.18.${count >> 8}.${count & 255}`)
    const answers = await exchange(target.server.url, sent)

    expect(answers.map(({ status }) => status)).toEqual(entry.expect.statuses)
    for (const answer of answers) {
      expect(leaksOf(answer, sent, target)).toEqual([])
      judge(answer, entry, sent, target)
    }
    expect(target.server.child.exitCode ?? target.server.child.signalCode).toBeNull()
    const normal = await fetch(`${target.server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    })
    expect([normal.status, await normal.json()]).toEqual([200, { data: { __typename: 'Query' } }])
  }
})

describe('after all of them', () => {
  test(
    'after all hostile requests the signed-in users still are, and have lost nothing',
    { tags: ['K2', 'F1'] },
    async () => {
      const seen = await world.victim.data(
        '{ me { username } session { keys value(key: "note") } cart { items { sku quantity } } preferences { theme locale } }',
      )
      expect(seen).toEqual({
        me: { username: 'victim' },
        session: { keys: ['note'], value: { kept: true } },
        cart: { items: [{ sku: 'umbrella', quantity: 2 }] },
        preferences: { theme: 'DARK', locale: 'en-GB' },
      })
      const { me } = await world.user.data('{ me { username sessions { nodes { isCurrent } } } }')
      expect(me.username).toBe('mallory')
    },
  )

  test(
    'after all hostile requests no user has become staff: no prototype was changed',
    { tags: ['E25', 'J1', 'G1'] },
    async () => {
      const codes: string[] = []
      for (const visitor of [world.victim, world.user]) {
        const { errors } = await visitor.send('{ sessionStats { active } }')
        codes.push(errors?.[0].extensions.code)
      }
      expect(codes).toEqual(['FORBIDDEN', 'FORBIDDEN'])
      const { me } = await world.staff.data('{ me { isStaff } }')
      expect(me.isStaff).toBe(true)
    },
  )

  const linesOf = ({ server }: World) =>
    server
      .output()
      .split('\n')
      .filter((line) => line !== '')

  test(
    'every line of the log about hostile requests is one JSON object of the same process, and holds no secret',
    { tags: ['A6', 'K11', 'K12'] },
    () => {
      for (const target of [world, open]) {
        for (const line of linesOf(target)) {
          const parsed: unknown = JSON.parse(line)
          expect(parsed).toMatchObject({ level: expect.any(Number), pid: target.server.child.pid })
          expect(parsed).not.toHaveProperty('forged')
          expect(target.secrets.filter((secret) => line.includes(secret))).toEqual([])
        }
      }
    },
  )

  test('the log calls nothing that a stranger sent a fault of ours', { tags: ['E16'] }, () => {
    const faults = [world, open]
      .flatMap(linesOf)
      .map((line) => JSON.parse(line) as { level: number; err?: { message: string } })
      .filter(({ level }) => level >= 50)
    expect(faults.map(({ err }) => err?.message)).toEqual([])
  })

  test('the log has a line about two live sessions in one request', { tags: ['A10'] }, () => {
    expect(linesOf(world).join('\n')).toContain('cookies of two live sessions')
  })
})
