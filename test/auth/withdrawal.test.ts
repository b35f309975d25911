import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRoster } from '../../src/auth/roster/roster.ts'
import { recordOf } from '../../src/session/stores/database.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionId } from '../../src/session/key.ts'
import { patientDatabase } from '../dependency.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const nobody = { actorId: null, sessionId: null, client: null }
const client = { ipAddress: '192.0.2.1', userAgent: 'Firefox' }

describe.each([true, false])(
  'an enrolment is taken back (records in the same rows: %s)',
  (recordsAreRows) => {
    let folder: string
    let server: TestServer
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'coatcheck-withdrawal-'))
      const files = { SESSION_ENGINE: 'file', SESSION_FILE_PATH: join(folder, 'sessions') }
      server = await startServer(recordsAreRows ? {} : files)
    })
    afterAll(async () => {
      await server?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    async function signedIn(username: string) {
      const visitor = await server.signedIn(username)
      const { app } = server
      const { session } = await visitor.data('{ session { id } }')
      const oldId = session.id as SessionId
      const { store } = app.settings
      const record = await store.load(oldId)
      if (!record?.auth) throw new Error('No user is signed in.')
      const roster = createRoster(app.db, {
        now: app.settings.now,
        database: patientDatabase(),
        recordIn: recordsAreRows ? recordOf : null,
        keepsRecords: true,
      }).attend(client)
      const id = idOf(createKey())
      const previous = { id: oldId, auth: record.auth, record }
      return { visitor, roster, store, id, previous, record, auth: record.auth }
    }

    test('taking back an enrolment leaves the session before it, and no client has the new one', async () => {
      const { visitor, roster, store, id, previous, record } = await signedIn('ada')
      expect(await roster.enroll(store, { id, record, previous, isLogin: false })).not.toBe('over')
      await roster.withdraw(id, previous)
      expect(await roster.open(id, store)).toBeNull()
      expect(await visitor.data('{ me { username sessions(first: 5) { totalCount } } }')).toEqual({
        me: { username: 'ada', sessions: { totalCount: 1 } },
      })
    })

    test('taking back an enrolment leaves ended what ended meanwhile', async () => {
      const { visitor, roster, store, id, previous, record } = await signedIn('bea')
      await roster.enroll(store, { id, record, previous, isLogin: false })
      await server.app.sessions.revoke(id, nobody)
      await roster.withdraw(id, previous)
      expect((await visitor.data('{ me { username } }')).me).toBeNull()
    })

    test('taking back a failed enrolment leaves a change of password that came meanwhile', async () => {
      const { visitor, roster, id, previous, record, auth } = await signedIn('dora')
      const { db, settings } = server.app
      if (recordsAreRows) await settings.store.create(id, record)
      const data = { epoch: { increment: 1 } }
      await db.session.update({ where: { id: previous.id }, data })
      await db.user.update({ where: { id: auth.userId }, data })
      await roster.withdraw(id, previous)
      expect((await visitor.data('{ me { username } }')).me).toEqual({ username: 'dora' })
    })

    test('taking back an enrolment that never happened changes nothing', async () => {
      const { visitor, roster, id, previous } = await signedIn('cleo')
      await visitor.data('mutation { logout { session { id } } }')
      await roster.withdraw(id, previous)
      expect((await server.visitor(visitor.cookie).data('{ me { username } }')).me).toBeNull()
    })
  },
)
