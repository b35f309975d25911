import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SessionStoreUnavailable } from '../../src/refusals.ts'
import { createKey, idOf, parseKey } from '../../src/session/key.ts'
import { isExpired } from '../../src/session/record/expiry.ts'
import { askAndHold } from '../held-calls.ts'
import { loginDocument, password, registerDocument, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const change = /* GraphQL */ `
  mutation ($password: String!, $next: String!) {
    changePassword(input: { currentPassword: $password, newPassword: $next }) {
      __typename
    }
  }
`
const byHost = { actorId: null, sessionId: null, client: null }
const addItem =
  'mutation { addCartItem(input: { sku: "hat" }) { __typename ... on Error { code } } }'
const look = '{ me { username } cart { totalQuantity } }'

const media: [string, boolean, (url: () => Promise<string>) => Promise<Record<string, string>>][] =
  [
    ['database on SQLite', false, async () => ({})],
    [
      'database on PostgreSQL',
      postgresqlProgram === null,
      async (url) => ({ DATABASE_URL: await url() }),
    ],
    [
      'file',
      false,
      async () => ({
        SESSION_ENGINE: 'file',
        SESSION_FILE_PATH: mkdtempSync(join(tmpdir(), 'coatcheck-files-')),
      }),
    ],
  ]

describe.each(media)('on %s', (_medium, isMissing, settings) => {
  describe.skipIf(isMissing)('while a session moves to a new key', () => {
    let postgresql: PostgresqlServer | null = null
    let server: TestServer
    beforeAll(async () => {
      server = await startServer(
        await settings(async () => {
          postgresql = await startPostgresql()
          return postgresql.database()
        }),
      )
    })
    afterAll(async () => {
      await server?.stop()
      await postgresql?.stop()
    })

    /** Another device of the user: only its row. */
    async function plantDevice(username: string): Promise<void> {
      const { db } = server.app
      const { id: userId, epoch } = await db.user.findUniqueOrThrow({
        where: { usernameKey: username },
      })
      const at = new Date()
      const expiresAt = new Date(at.getTime() + 300_000)
      const clocks = { createdAt: at, lastSeenAt: at, expiresAt }
      await db.session.create({ data: { id: idOf(createKey()), userId, epoch, ...clocks } })
    }

    test.each([
      ['changePassword', change],
      ['login', loginDocument],
    ])(
      '%s signs out none of its caller’s tabs, and makes a guest of none, at whichever call the test holds it',
      { tags: ['B22'] },
      async (field, document) => {
        const username = field.toLowerCase()
        const caller = await server.signedIn(username)
        let [total, secret] = [0, password]
        for (let call = 1; ; call++) {
          await plantDevice(username)
          const tab = server.visitor(caller.cookie)
          const key = parseKey(caller.cookie ?? '')
          if (key === null) throw new Error('There is no key.')
          const next = `${password} ${call}`
          const { isHeld, asking, letGo } = await askAndHold(server, call, () =>
            caller.send(document, { username, password: secret, next }),
          )
          if (field === 'changePassword') secret = next
          if (!isHeld) {
            expect(call).toBeGreaterThan(2)
            return
          }
          const isReplaced = (await server.app.settings.store.load(idOf(key))) === null
          const seen = await tab.send(look)
          const adding = tab.send(addItem)
          letGo()
          const [{ data }, added] = await Promise.all([asking, adding])

          expect(data[field].__typename).toMatch(/Success$/)
          // Once the old key opens nothing, the answer with the new one is on its way.
          if (!isReplaced) expect([call, seen.data.me]).toEqual([call, { username }])
          for (const { setCookie } of [seen, added]) expect([call, setCookie]).toEqual([call, []])
          const { __typename, code } = added.data.addCartItem
          if (__typename === 'CartSuccess') total++
          else expect(code).toBe('SESSION_INTERRUPTED')
          expect(await caller.data(look)).toEqual({
            me: { username },
            cart: { totalQuantity: total },
          })
          expect((await server.visitor(key).data(look)).me).toBeNull()
        }
      },
    )

    test(
      'a guest’s cookie that a login has replaced is told so while its record is not removed yet',
      { tags: ['B22'] },
      async () => {
        await server.signedIn('lovelace')
        const guest = server.visitor()
        await guest.data(addItem)
        const old = server.visitor(guest.cookie)
        const { store } = server.app.settings
        const remove = store.delete
        Object.assign(store, { delete: () => Promise.reject(new Error('The disk is full.')) })
        await guest.data(loginDocument, { username: 'lovelace', password })
        Object.assign(store, { delete: remove })
        expect(await old.data('{ session { id endReason } cart { totalQuantity } }')).toEqual({
          session: { id: null, endReason: 'REPLACED' },
          cart: { totalQuantity: 0 },
        })
      },
    )

    test.each([
      ['of a user', 'noether', 'end: revokeOtherSessions { __typename }'],
      [
        'of staff by a filter',
        'turing',
        'end: revokeSessions(filter: { username: "turing" }) { __typename }',
      ],
    ])(
      'an end %s spares their own session while another of their tabs moves it to a new key, and no other, at whichever call the test holds that',
      { tags: ['B15'] },
      async (_by, username, field) => {
        const caller = await server.signedIn(username, { isStaff: true })
        let ends = 0
        for (let call = 1; ; call++) {
          await plantDevice(username)
          const tab = server.visitor(caller.cookie)
          const { isHeld, asking, letGo } = await askAndHold(server, call, () =>
            caller.send(change, { password, next: password }),
          )
          if (!isHeld) {
            expect(ends).toBeGreaterThan(1)
            return
          }
          const { data } = await tab.send(`mutation { ${field} }`)
          letGo()
          await asking
          expect([call, (await caller.data(look)).me]).toEqual([call, { username }])
          if (data?.end.__typename === undefined) continue // the old key opens nothing any more
          ends++
          const list = '{ me { sessions(first: 5) { totalCount } } }'
          expect([call, (await caller.data(list)).me.sessions.totalCount]).toEqual([call, 1])
        }
      },
    )

    test.each([
      ['a guest’s login', 'bartik', false, loginDocument],
      ['a second login', 'church', true, loginDocument],
      ['a change of password', 'post', true, change],
    ])(
      '%s keeps the cart where the answer to the end of the old record is lost',
      async (_name, username, isSignedIn, document) => {
        const user = await server.signedIn(username)
        const caller = isSignedIn ? user : server.visitor()
        await caller.data(addItem)
        const old = server.visitor(caller.cookie)
        const { store } = server.app.settings
        const { save } = store
        let lost = 0
        Object.assign(store, {
          async save(...words: Parameters<typeof save>) {
            const outcome = await save(...words)
            if (words[1].expiresAt > words[1].createdAt || lost++ > 0) return outcome
            throw new SessionStoreUnavailable(new Error('The answer is lost.'), { isOpen: true })
          },
        })
        const { data } = await caller
          .send(document, { username, password, next: password })
          .finally(() => Object.assign(store, { save }))
        expect([lost > 0, Object.values<any>(data)[0].__typename]).toEqual([
          true,
          expect.stringMatching(/Success$/),
        ])
        expect(await caller.data(look)).toEqual({ me: { username }, cart: { totalQuantity: 1 } })
        expect((await old.data(look)).me).toBeNull()
      },
    )

    test.each([
      ['a guest’s login', loginDocument, false],
      ['a second login', loginDocument, true],
      ['a change of password', change, true],
      ['a registration', registerDocument, false],
    ])(
      '%s beside the deletion of its user signs no visitor in, and is answered as at any other moment, at whichever call the test holds it',
      { tags: ['G13'] },
      async (name, document, isSignedIn) => {
        const { db, users } = server.app
        for (let call = 1; ; call++) {
          const username = `${name.replace(/\W/g, '')}${call}`
          const isNew = document === registerDocument
          const known = isNew ? server.visitor() : await server.signedIn(username)
          const caller = isSignedIn ? known : server.visitor()
          await caller.data(addItem)
          const { isHeld, asking, letGo } = await askAndHold(
            server,
            call,
            () => caller.send(document, { username, password, next: `${password} 2` }),
            'all',
          )
          if (!isHeld) {
            expect(call).toBeGreaterThan(2)
            return
          }
          const user = await users.find({ username })
          if (user) await users.delete({ id: user.id }, { ...byHost, application: true })
          letGo()
          const { data, errors } = await asking
          const [answer] = Object.values(data ?? {}) as { __typename: string }[]
          const outcome = answer?.__typename ?? errors?.[0].extensions.code
          const refused = /^(InvalidCredentialsError|INVALID_CREDENTIALS|SESSION_INTERRUPTED)$/
          if (user && !outcome.endsWith('Success')) expect(outcome).toMatch(refused)
          if (!user) continue // registered after the look
          expect([call, (await caller.data(look)).me]).toEqual([call, null])
          expect(await db.session.count({ where: { userId: user.id } })).toBe(0)
        }
      },
    )

    test('a late write is refused under a key whose successor was replaced too, and under that of a guest who has logged out', async () => {
      await server.signedIn('hopper')
      const [user, guest] = [server.visitor(), server.visitor()]
      for (const visitor of [user, guest]) await visitor.data(addItem)
      const late = [user, guest].map(({ cookie }) => server.visitor(cookie))
      for (const _ of [1, 2]) await user.data(loginDocument, { username: 'hopper', password })
      await guest.data('mutation { logout { __typename } }')
      const answers = late.map(async (visitor) => {
        const { addCartItem } = await visitor.data(addItem)
        const { session } = await visitor.data('{ session { endReason } }')
        return [addCartItem.code, session.endReason]
      })
      expect(await Promise.all(answers)).toEqual([
        ['SESSION_INTERRUPTED', 'REPLACED'],
        ['SESSION_INTERRUPTED', 'LOGOUT'],
      ])
    })

    test('a key that was replaced twice says so, where the record under it was deleted late', async () => {
      const user = await server.signedIn('easley')
      const late = server.visitor(user.cookie)
      const id = idOf(parseKey(user.cookie ?? '') ?? createKey())
      const { store } = server.app.settings
      const remove = store.delete
      Object.assign(store, { delete: () => Promise.reject(new Error('The disk is full.')) })
      await user.data(loginDocument, { username: 'easley', password })
      await user.data(loginDocument, { username: 'easley', password })
      Object.assign(store, { delete: remove })
      await store.delete(id)
      await server.app.sessions.clearExpired({ client: null })
      expect(await late.data('{ me { id } session { endReason } }')).toEqual({
        me: null,
        session: { endReason: 'REPLACED' },
      })
    })

    test.each([
      ['staff', 'warden', 'deleteSession'],
      ['the user, elsewhere,', 'lamarr', 'revokeSession'],
    ])(
      'a revocation by %s ends the session of a guest who signs in, under the guest’s own cookie too, at whichever call the test holds it',
      async (_by, caller, field) => {
        const username = `${caller}lamarr`
        const isOwn = field === 'revokeSession'
        const revoker = await server.signedIn(isOwn ? username : caller, { isStaff: !isOwn })
        if (!isOwn) await server.signedIn(username)
        let ends = 0
        const revoke = `mutation ($id: ID!) { end: ${field}(id: $id) { __typename } }`
        for (let call = 1; ; call++) {
          const guest = server.visitor()
          await guest.data(addItem)
          const old = server.visitor(guest.cookie)
          const { session } = await guest.data('{ session { id } }')
          const { isHeld, asking, letGo } = await askAndHold(server, call, () =>
            guest.send(loginDocument, { username, password }),
          )
          if (!isHeld) {
            expect([call > 2, ends > 0]).toEqual([true, true])
            return
          }
          const { end } = await revoker.data(revoke, session)
          // A process that is killed here goes no further.
          const { session: seen, cart } = await old.data(
            '{ session { id } cart { totalQuantity } }',
          )
          letGo()
          await asking
          // Until the new key is written down, the session is none of the user's.
          if (isOwn && end.__typename === 'NotFoundError') continue
          ends++
          expect([call, end.__typename, seen.id, cart.totalQuantity]).toEqual([
            call,
            'RevokeSessionSuccess',
            null,
            0,
          ])
        }
      },
    )

    test(
      'a visitor whose change of password met the end of all their sessions, beside a write of another tab, is told why, at whichever call the test holds it',
      { tags: ['B15'] },
      async () => {
        const staff = await server.signedIn('bailiff', { isStaff: true })
        const caller = await server.signedIn('perlman')
        const revoke = 'mutation { revokeSessions(filter: { username: "perlman" }) { __typename } }'
        const { store } = server.app.settings
        let writes = 0
        for (let call = 1; ; call++) {
          await caller.data(loginDocument, { username: 'perlman', password })
          const id = idOf(parseKey(caller.cookie ?? '') ?? createKey())
          const { isHeld, asking, letGo } = await askAndHold(server, call, () =>
            caller.send(change, { password, next: password }),
          )
          if (!isHeld) {
            expect(writes).toBeGreaterThan(1)
            return
          }
          // Past the queue of this process, as another process writes.
          const record = await store.load(id)
          if (record && !isExpired(record, Date.now())) {
            await store.save(id, record, record.version)
            writes++
          }
          const { revokeSessions } = await staff.data(revoke)
          letGo()
          await asking
          expect([call, revokeSessions.__typename]).toEqual([call, 'RevokeSessionsSuccess'])
          const { me, session } = await caller.data('{ me { id } session { endReason } }')
          // After its last step, its answer with the new key is on its way.
          expect([call, me, session.endReason]).toEqual([call, null, 'REVOKED'])
        }
      },
    )

    test('a revocation ends the session that a change of password moves, at whichever call the test holds it', async () => {
      const staff = await server.signedIn('chief', { isStaff: true })
      const caller = await server.signedIn('grace')
      const revoke = 'mutation ($id: ID!) { deleteSession(id: $id) { __typename } }'
      for (let call = 1; ; call++) {
        await caller.data(loginDocument, { username: 'grace', password })
        const { session } = await caller.data('{ session { id } }')
        const { isHeld, asking, letGo } = await askAndHold(server, call, () =>
          caller.send(change, { password, next: password }),
        )
        if (!isHeld) return
        const { deleteSession } = await staff.data(revoke, session)
        letGo()
        await asking
        expect([call, deleteSession.__typename, (await caller.data(look)).me]).toEqual([
          call,
          'RevokeSessionSuccess',
          null,
        ])
      }
    })
  })
})
