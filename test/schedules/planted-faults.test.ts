import { beforeAll, expect, test, vi } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { Changes } from '../../src/session/commit/changes.ts'
import type { commit } from '../../src/session/commit/commit.ts'
import { start } from '../../src/session/commit/new-session.ts'
import { draftOf } from '../../src/session/record/draft.ts'
import { startClocks } from '../../src/session/record/expiry.ts'
import { idOf } from '../../src/session/key.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { exploreSetting } from './explorer.ts'
import type { Setting } from './explorer.ts'
import type { Promised } from './promises.ts'
import { ownTime } from './timers.ts'
import { idleAge } from './world.ts'
import type { Plants } from './world.ts'

type Commit = typeof commit

/** A fault in `commit` itself: what stands in for it, made of the real one. */
const planted = vi.hoisted(() => ({ commit: (real: Commit): Commit => real }))

vi.mock('../../src/session/commit/commit.ts', async (importOriginal) => {
  const real = await importOriginal<{ commit: Commit }>()
  const stand: Commit = (...given) => planted.commit(real.commit)(...given)
  return { ...real, commit: stand }
})

beforeAll(ownTime)

/** A fault, the scene in which it shows, and the promise that it breaks. */
interface Planted {
  readonly promise: Promised
  readonly scene: Pick<Setting, 'requests'> & Partial<Setting>
  readonly plants?: Plants
  readonly commit?: (real: Commit) => Commit
}

const faults: Record<string, Planted> = {
  'a save that creates what was deleted': {
    promise: 'ended means ended',
    scene: { start: 'guest', requests: ['write', 'logout'] },
    plants: {
      store: (store) => ({
        async save(id, record, version) {
          const outcome = await store.save(id, record, version)
          return outcome === 'gone' ? ((await store.create(id, record)) ?? 'gone') : outcome
        },
      }),
    },
  },

  'a roster that is not asked': {
    promise: 'ended means ended',
    scene: { requests: ['revoke'], mishap: 'fails' },
    plants: { roster: () => ({ open: (id, store) => store.load(id) }) },
  },

  'a roster that looks at the user neither at a login nor afterwards': {
    promise: 'ended means ended',
    scene: { requests: ['login', 'deactivate'] },
    plants: {
      roster: (roster, db) => ({
        open: async (id, store) => ((await isOnTheList(db, id)) ? store.load(id) : null),
        enroll: (store, enrolment) => roster.enroll(store, { ...enrolment, isLogin: false }),
      }),
    },
  },

  'an enrolment that does not ask whether the session before has ended': {
    promise: 'ended means ended',
    scene: { requests: ['login', 'revoke'] },
    plants: {
      roster: (roster) => ({
        enroll: (store, enrolment) => roster.enroll(store, { ...enrolment, previous: null }),
      }),
    },
  },

  'clocks that are copied into a row, and not taken back where another writer came first': {
    promise: 'ended means ended',
    scene: { requests: ['touch', 'a shorter age'] },
    plants: {
      roster: (_roster, db) => {
        let isFirst = true
        return {
          async seen(id, { expiresAt }) {
            if (!isFirst) return null
            isFirst = false
            const data = { expiresAt: new Date(expiresAt) }
            await db.session.updateMany({ where: { id, endedAt: null }, data })
            return null
          },
        }
      },
    },
  },

  'a shorter end that is copied into the row before the record has it': {
    promise: 'ended means ended',
    scene: { requests: ['a shorter age'], mishap: 'killed' },
    plants: { roster: () => ({ copiesClocks: false }) },
  },

  'a replay that is left out': {
    promise: 'no lost updates',
    scene: { requests: ['write', 'write'] },
    commit: (real) => (settings, roster, kept, changes) =>
      real(settings, roster, kept, computedOnce(kept.record, changes)),
  },

  'a save that looks at no version': {
    promise: 'no lost updates',
    scene: { requests: ['write', 'touch'] },
    plants: {
      store: (store) => ({
        async save(id, record) {
          const newest = await store.load(id)
          return newest === null ? 'gone' : store.save(id, record, newest.version)
        },
      }),
    },
  },

  'a change of key that deletes the old record without asking whether it is there': {
    promise: 'no lost updates',
    scene: { requests: ['write', 'login'] },
    plants: {
      store: (store) => ({
        async save(id, record, version) {
          if (record.expiresAt > record.createdAt) return store.save(id, record, version)
          await store.delete(id)
          return version
        },
      }),
    },
  },

  'a change of key that takes its copy back although the old record may have ended': {
    promise: 'no lost updates',
    scene: { start: 'guest', requests: ['login'], mishap: 'late' },
    commit: (real) => async (settings, roster, kept, changes) => {
      let lost: unknown = null
      const hideWhy = (error: unknown) => {
        lost = error
        throw new Error('The call failed.')
      }
      const { store } = settings
      const save: SessionStore['save'] = (...words) => store.save(...words).catch(hideWhy)
      const sayWhy = (error: unknown) => {
        throw lost ?? error
      }
      return real({ ...settings, store: { ...store, save } }, roster, kept, changes).catch(sayWhy)
    },
  },

  'a replaced key that is forgotten at once': {
    promise: 'no lost updates',
    scene: { requests: ['write', 'login'] },
    plants: { roster: () => ({ isSuperseded: async () => false }) },
  },

  'a change of key that ends the old session before the new one has started': {
    promise: 'an unexpected error commits nothing',
    scene: { start: 'guest', requests: ['login'], mishap: 'fails' },
    commit: (real) => async (settings, roster, kept, changes) => {
      if (changes.key !== 'cycle') return real(settings, roster, kept, changes)
      await settings.store.delete(idOf(kept.key))
      return start(settings, roster, computedOnce(kept.record, changes))
    },
  },

  'a login that keeps the key': {
    promise: 'a new key at every change of privilege',
    scene: { requests: ['login'] },
    commit: (real) => (settings, roster, kept, changes) =>
      real(settings, roster, kept, { ...changes, key: 'keep' }),
  },

  'a login as another user that keeps what was there': {
    promise: 'a new key at every change of privilege',
    scene: { requests: ['login as another'] },
    commit: (real) => (settings, roster, kept, changes) =>
      real(settings, roster, kept, changes.key === 'end' ? { ...changes, key: 'cycle' } : changes),
  },

  'a key that is adopted although the server has not issued it': {
    promise: 'a new key at every change of privilege',
    scene: { requests: ['write under a key that was never issued'] },
    plants: { store: adopting },
  },
}

test.each(Object.entries(faults))(
  'the exploration finds a planted fault: %s',
  async (_name, fault) => {
    const { promise, scene, plants = {}, commit = (real: Commit) => real } = fault
    const setting: Setting = { engine: 'cache', start: 'ada', together: false, ...scene }
    planted.commit = commit
    const { stories } = await exploreSetting({ ...setting, plants })
    planted.commit = (real) => real
    expect(stories.join('\n')).toContain(`Broken: ${promise}.`)
  },
)

/** The changes as one that puts down what they came to when they were first applied, whatever is there by now. */
function computedOnce(record: Parameters<typeof draftOf>[0], changes: Changes): Changes {
  const draft = draftOf(record)
  for (const operation of changes.operations) operation(draft)
  return {
    ...changes,
    operations: [(newest) => void Object.assign(newest, structuredClone(draft))],
  }
}

async function isOnTheList(db: Database, id: string): Promise<boolean> {
  return (await db.session.count({ where: { id, endedAt: null } })) === 1
}

/** A store that has a session for every key that it is asked for. */
function adopting(store: SessionStore): Partial<SessionStore> {
  const policy = { age: idleAge, absoluteAge: 0, expireAtBrowserClose: false }
  return {
    async load(id) {
      const clocks = startClocks(null, policy, Date.UTC(2026, 0, 15, 12))
      return (
        (await store.load(id)) ??
        (await store.create(id, { ...clocks, auth: null, data: {} }), store.load(id))
      )
    },
  }
}
