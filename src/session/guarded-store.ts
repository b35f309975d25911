import { createDependency } from '../waiting/dependency.ts'
import type { Dependency, DependencyOptions } from '../waiting/dependency.ts'
import { createKey, idOf } from './key.ts'
import type { SessionStore } from './store.ts'

/** How long a purge may take, in milliseconds: it looks through everything, and no visitor waits for it. */
const purgeTime = 20_000

/** Makes every call to `store` through `dependency`, which decides about calls that fail or hang. */
export function guardStore(store: SessionStore, dependency: Dependency): SessionStore {
  const { call, soon } = dependency
  const deleteMany = store.deleteMany?.bind(store)
  const clearing = store.clearing?.bind(store)
  const adopt = store.adopt?.bind(store)
  const release = store.release?.bind(store)
  return {
    load: (id) => soon(() => store.load(id)),
    create: (id, record) =>
      call(() => store.create(id, record), {
        isWrite: true,
        // No cookie will ever name it.
        undo: async (version) => version !== null && store.delete(id),
      }),
    save: (id, record, version) => call(() => store.save(id, record, version), { isWrite: true }),
    delete: (id, version) => call(() => store.delete(id, version), { isWrite: true }),
    ...(deleteMany && {
      deleteMany: (ids) => call(() => deleteMany(ids), { isWrite: true }),
    }),
    clearExpired: (now, limit) =>
      call(() => store.clearExpired(now, limit), { allowance: purgeTime }),
    ...(clearing && { clearing: (...words) => eachStep(clearing(...words)) }),
    ...(adopt && { adopt: (id, record) => call(() => adopt(id, record), { isWrite: true }) }),
    ...(release && {
      release: (id, version) => call(() => release(id, version), { isWrite: true }),
    }),
    ...(store.copies && { copies: store.copies }),
    ...(store.list && { list: store.list.bind(store) }),
    ...(store.close && { close: store.close.bind(store) }),
  }

  async function* eachStep(steps: AsyncIterable<number>): AsyncGenerator<number, void> {
    const each = steps[Symbol.asyncIterator]()
    try {
      for (;;) {
        const { done, value } = await call(() => each.next(), { allowance: purgeTime })
        if (done) return
        yield value
      }
    } finally {
      await each.return?.()
    }
  }
}

/** A store as a dependency of its own. Its probe loads a session that does not exist. */
export function createStoreDependency(
  store: SessionStore,
  options: Pick<DependencyOptions, 'timeout' | 'log'> & Partial<Pick<DependencyOptions, 'name'>>,
): Dependency {
  return createDependency({
    name: 'The session store',
    probe: async () => store.load(idOf(createKey())),
    ...options,
  })
}
