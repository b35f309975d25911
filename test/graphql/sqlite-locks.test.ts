import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { password, registerDocument, startServer } from '../harness.ts'
import type { Answer, TestServer, Visitor } from '../harness.ts'

const add =
  'mutation { addCartItem(input: { sku: "hat" }) { __typename ... on CartSuccess { cart { totalQuantity } } } }'
const revoke = 'mutation ($id: ID!) { deleteSession(id: $id) { __typename } }'
const revokeAll =
  'mutation ($userId: ID!) { deleteSessions(filter: { userId: $userId }) { __typename } }'
const deactivate = 'mutation ($id: ID!) { setUserActive(id: $id, active: false) { __typename } }'
const look = '{ me { id username } session { id } cart { totalQuantity } }'

let server: TestServer
let staff: Visitor
beforeAll(async () => {
  server = await startServer({ SESSION_STORE_TIMEOUT: '2000' })
  staff = await server.signedIn('staff', { isStaff: true })
})
afterAll(() => server?.stop())

/** Another program that has the file's one lock for writing. */
function lockFile(): { release(): void } {
  const other = new BetterSqlite3(join(server.folder, 'test.db'))
  other.exec('BEGIN IMMEDIATE')
  return {
    release() {
      other.exec('ROLLBACK')
      other.close()
    },
  }
}

test(
  'a transaction that is rolled back undoes no revocation, login, registration or write of others',
  { tags: ['H24'] },
  async () => {
    const [ada, bob] = [await server.signedIn('ada'), await server.signedIn('bob')]
    const { session } = await ada.data(look)
    let begun = () => {}
    const hasBegun = new Promise<void>((done) => (begun = done))
    const transaction = server.app.db.$transaction(async (tx) => {
      await tx.user.updateMany({ data: { email: 'nobody@example.com' } })
      begun()
      for (let n = 0; n < 50; n++) await readFile('package.json')
      throw new Error('rolled back')
    })
    await hasBegun
    const newcomer = server.visitor()
    const [revoked, signedIn, registered, written] = await Promise.all([
      staff.data(revoke, { id: session.id }),
      server.signedIn('eve'),
      newcomer.data(registerDocument, { username: 'newcomer', password }),
      bob.data(add),
      transaction.catch(() => undefined),
    ])
    expect(revoked.deleteSession.__typename).toBe('RevokeSessionSuccess')
    expect(registered.register.__typename).toBe('RegisterSuccess')
    expect(written.addCartItem.cart.totalQuantity).toBe(1)

    expect((await ada.data(look)).me).toBeNull()
    expect((await bob.data(look)).cart.totalQuantity).toBe(1)
    expect((await signedIn.data(look)).me.username).toBe('eve')
    expect((await newcomer.data(look)).me.username).toBe('newcomer')
    expect(await server.app.db.user.count({ where: { email: 'nobody@example.com' } })).toBe(0)
  },
)

test(
  'while another program locks the file, the server answers reads and /health at once, and writes when the lock is free',
  { tags: ['H25'] },
  async () => {
    const visitor = await server.signedIn('patient')
    const lock = lockFile()
    const order: string[] = []
    const writing = visitor.send(add).then((answer) => {
      order.push('write')
      return answer
    })
    try {
      await sleep(100)
      expect((await fetch(`${server.url}/health`)).status).toBe(200)
      expect((await staff.data(look)).me.username).toBe('staff')
      order.push('reads')
      await sleep(400)
    } finally {
      lock.release()
    }
    const { status, data } = await writing
    expect([status, data.addCartItem.__typename]).toEqual([200, 'CartSuccess'])
    expect(order).toEqual(['reads', 'write'])
  },
)

test(
  'what the lock of another program prevents is answered with 503 and Retry-After, and not done later',
  { tags: ['H25'] },
  async () => {
    const victim = await server.signedIn('victim')
    const { session, me } = await victim.data(look)
    const lock = lockFile()
    const refused: Answer[] = []
    try {
      refused.push(
        ...(await Promise.all([
          victim.send(add),
          server.visitor().send(registerDocument, { username: 'late', password }),
          staff.send(revoke, { id: session.id }),
          staff.send(revokeAll, { userId: me.id }),
          staff.send(deactivate, { id: me.id }),
        ])),
      )
    } finally {
      lock.release()
    }
    for (const { status, headers, errors } of refused) {
      expect([status, errors?.[0].extensions.code]).toEqual([503, 'SESSION_STORE_UNAVAILABLE'])
      expect(headers.get('retry-after')).toMatch(/^\d+$/)
      expect(JSON.stringify(errors)).not.toMatch(/DATABASE_URL|SQLite/)
    }
    await expect.poll(async () => (await victim.send(add)).status).toBe(200)
    expect(await victim.data(look)).toMatchObject({
      me,
      session: { id: session.id },
      cart: { totalQuantity: 1 },
    })
    expect(await server.app.db.user.count({ where: { username: 'late' } })).toBe(0)
  },
)
