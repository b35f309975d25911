import { expect } from 'vitest'
import { createVisitor, loginDocument, registerDocument } from './harness.ts'
import type { Visitor } from './harness.ts'
import { endInEveryWay } from './process-ends.ts'
import { runCommand, startProcess } from './process.ts'
import type { ServerProcess } from './process.ts'
import { waysToEnd } from './ways-to-end.ts'
import type { WayToEnd } from './ways-to-end.ts'

const password = 'two releases, one database'
const newer = 'another horse, another staple'
const add = 'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename } }'
const change =
  'mutation ($old: String!, $new: String!) { changePassword(input: { currentPassword: $old, newPassword: $new }) { __typename } }'
const logout = 'mutation { logout { session { id } } }'
const look = '{ me { username } session { id } cart { totalQuantity } }'
const over = { me: null, session: { id: null }, cart: { totalQuantity: 0 } }

/** A visitor, who they are, and how many things they were told are in their cart. */
interface Shopper {
  readonly username: string | null
  cookie: string | null
  added: number
}

/** What is upgraded. */
export interface Upgrade {
  /** The program of the earlier release. */
  readonly old: string
  /** Where both run. */
  readonly folder: string
  /** Of an empty database. */
  readonly settings: Readonly<Record<string, string>>
  /** Are staff at the server of the earlier release, while both serve? */
  readonly areStaffAtOld: boolean
}

/**
 * Goes from an earlier release to today's, one server after the other as docs/operate.md has it, and back to the earlier one.
 * At every step the same visitors read, write, come and go.
 */
export async function playUpgrade({
  old,
  folder,
  settings,
  areStaffAtOld,
}: Upgrade): Promise<void> {
  // An earlier release may know no bus: then its streams learn of an end by their next look.
  const given = { ...settings, ADMIN_PASSWORD: password, SESSION_RECHECK_INTERVAL: '1' }
  const succeed = async (words: string[], program?: string) => {
    const { code, errors } = await runCommand(folder, words, given, '', program)
    expect([words, code, errors]).toEqual([words, 0, ''])
  }
  const running: ServerProcess[] = []
  const start = async (program?: string) => {
    const server = await startProcess(folder, given, program)
    running.push(server)
    return server
  }
  try {
    await succeed(['migrate'], old)
    const earlier = await start(old)
    const guest: Shopper = { username: null, cookie: null, added: 0 }
    const user: Shopper = { username: 'ada', cookie: null, added: 0 }
    const shoppers = [guest, user]
    await registers(earlier, user)
    await shop([earlier], shoppers)

    let isMigrated = false
    const migrating = succeed(['migrate']).finally(() => (isMigrated = true))
    do await shop([earlier], shoppers)
    while (!isMigrated)
    await migrating

    const today = await start()
    const both: Both = areStaffAtOld ? [earlier, today] : [today, earlier]
    await shop(both, shoppers)
    await eachWay(both, async (here, there) => {
      await comeAndGo(here, there)
      await changePassword(here, there, `${here === today ? 'today' : 'earlier'}`)
    })
    await endAtBoth(both, waysToEnd.byRequest)
    await shop(both, shoppers)

    await earlier.stop()
    const grace: Shopper = { username: 'grace', cookie: null, added: 0 }
    await registers(today, grace)
    shoppers.push(grace)
    await shop([today], shoppers)
    await changePassword(today, today, 'late')
    const left = await comeAndGo(today, today)
    await today.stop()

    const again = await start(old)
    await shop([again], shoppers)
    for (const cookie of left) expect(await visitorOf(again, cookie).data(look)).toMatchObject(over)
    expect(await login(again, 'late', newer)).toBe('LoginSuccess')
    expect(await login(again, 'late', password)).not.toBe('LoginSuccess')
    for (const program of [old, undefined]) await succeed(['clear-sessions'], program)
    await shop([again], shoppers)
  } finally {
    await Promise.all(running.map((server) => server.stop()))
  }
}

/** What is played of a release over another kind of engine. */
export interface SideBySide extends Pick<Upgrade, 'old' | 'folder'> {
  /** Of a database that today's release has migrated. */
  readonly settings: Readonly<Record<string, string>>
  /** Does staff have a list of guests? */
  readonly listsGuests: boolean
}

/**
 * Serves the same visitors by an earlier release and by today's, and stops the earlier one. Its streams do not look by
 * themselves: what the other release ends they must be told.
 */
export async function playSideBySide(played: SideBySide): Promise<void> {
  const { old, folder, settings, listsGuests } = played
  const given = { ...settings, ADMIN_PASSWORD: password, SESSION_RECHECK_INTERVAL: '3600' }
  const running: ServerProcess[] = []
  try {
    for (const program of [old, undefined]) running.push(await startProcess(folder, given, program))
    const both = running as unknown as Both
    const [earlier, today] = both
    const ofEarlier: Shopper = { username: 'ada', cookie: null, added: 0 }
    const ofToday: Shopper = { username: 'grace', cookie: null, added: 0 }
    const guest: Shopper = { username: null, cookie: null, added: 0 }
    await Promise.all([registers(earlier, ofEarlier), registers(today, ofToday)])
    const shoppers = [ofEarlier, ofToday, guest]
    await shop(both, shoppers)
    await eachWay(both, comeAndGo)
    const ways = [...waysToEnd.byRequest, ...waysToEnd.ofGuests.byRequest]
    await endAtBoth(
      both,
      ways.filter(({ needsList }) => listsGuests || !needsList),
    )
    await shop(both, shoppers)
    await earlier.stop()
    await shop([today], shoppers)
  } finally {
    await Promise.all(running.map((server) => server.stop()))
  }
}

/** A server of each release. Staff are at the first. */
type Both = readonly [ServerProcess, ServerProcess]

/** Plays it from one release to the other, and the other way round. */
async function eachWay(
  [one, other]: Both,
  play: (here: ServerProcess, there: ServerProcess) => Promise<unknown>,
): Promise<void> {
  await play(one, other)
  await play(other, one)
}

/** Ends sessions of each release, while both have streams of them and write to them. */
async function endAtBoth(both: Both, ways: readonly WayToEnd[]): Promise<void> {
  const visitor = (at: number, cookie: string | null = null) => visitorOf(both[at % 2]!, cookie)
  const staff = visitor(0)
  await staff.data(loginDocument, { username: 'admin', password })
  await endInEveryWay(ways, {
    servers: both.map(({ url }) => url),
    visitor,
    staff,
    password,
    shell: () => Promise.reject(new Error('None of these ways is by the shell.')),
  })
}

const visitorOf = ({ url }: ServerProcess, cookie: string | null = null): Visitor =>
  createVisitor(`${url}/graphql`, 'sessionid', cookie)

/** Each shopper adds in turn at each server, and then at all of them at once: every server shows every thing. */
async function shop(
  servers: readonly ServerProcess[],
  shoppers: readonly Shopper[],
): Promise<void> {
  for (const shopper of shoppers) {
    const adds = async (server: ServerProcess) => {
      const visitor = visitorOf(server, shopper.cookie)
      expect((await visitor.data(add, { sku: 'hat' })).addCartItem.__typename).toBe('CartSuccess')
      shopper.added++
      return visitor
    }
    for (let round = 0; round < 4; round++)
      for (const server of servers) ({ cookie: shopper.cookie } = await adds(server))
    await Promise.all([...servers, ...servers, ...servers].map(adds))
    for (const server of servers)
      expect(await visitorOf(server, shopper.cookie).data(look)).toMatchObject({
        me: shopper.username && { username: shopper.username },
        cart: { totalQuantity: shopper.added },
      })
  }
}

async function registers(server: ServerProcess, shopper: Shopper): Promise<void> {
  const visitor = visitorOf(server)
  const { register } = await visitor.data(registerDocument, { ...shopper, password })
  expect(register.__typename).toBe('RegisterSuccess')
  shopper.cookie = visitor.cookie
}

async function login(
  server: ServerProcess,
  username: string,
  by: string,
  visitor = visitorOf(server),
): Promise<string> {
  return (await visitor.data(loginDocument, { username, password: by })).login.__typename
}

/** Visitors sign in here, read and write there, and leave there or here. Gives the cookies that they had. */
async function comeAndGo(here: ServerProcess, there: ServerProcess): Promise<(string | null)[]> {
  const cookies: (string | null)[] = []
  for (const leavesAt of [here, there]) {
    const visitor = visitorOf(here)
    await visitor.data(add, { sku: 'hat' })
    expect(await login(here, 'ada', password, visitor)).toBe('LoginSuccess')
    const { cookie } = visitor
    await visitorOf(there, cookie).data(add, { sku: 'hat' })
    const seen = { me: { username: 'ada' }, cart: { totalQuantity: 2 } }
    for (const server of [here, there])
      expect(await visitorOf(server, cookie).data(look)).toMatchObject(seen)
    await visitorOf(leavesAt, cookie).data(logout)
    for (const server of [here, there])
      expect(await visitorOf(server, cookie).data(look)).toMatchObject(over)
    cookies.push(cookie)
  }
  return cookies
}

/** A user changes their password here. Their other session is over there, where the new password counts and the old one does not. */
async function changePassword(
  here: ServerProcess,
  there: ServerProcess,
  username: string,
): Promise<void> {
  const user: Shopper = { username, cookie: null, added: 0 }
  await registers(here, user)
  const other = visitorOf(there)
  expect(await login(there, username, password, other)).toBe('LoginSuccess')
  const visitor = visitorOf(here, user.cookie)
  const { changePassword: changed } = await visitor.data(change, { old: password, new: newer })
  expect(changed.__typename).toBe('ChangePasswordSuccess')
  expect((await visitorOf(there, visitor.cookie).data(look)).me).toEqual({ username })
  expect(await other.data(look)).toMatchObject(over)
  expect(await login(there, username, password)).not.toBe('LoginSuccess')
  expect(await login(there, username, newer)).toBe('LoginSuccess')
}
