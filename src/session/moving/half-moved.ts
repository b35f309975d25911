import type { SessionId } from '../key.ts'
import type { SessionStore, StoredRecord } from '../store.ts'
import { after } from '../../waiting/soon.ts'
import { standingOf } from './move-marks.ts'

/** Gives what it is given, and null for a record that a broken-off move has left half way, after a word to the operator. */
export type OnlyWhole = (id: SessionId, record: StoredRecord | null) => StoredRecord | null

/** `warn` writes a line for the operator. */
export function onlyWhole(warn: (message: string) => void): OnlyWhole {
  return (id, record) => {
    if (record === null || standingOf(record) === 'kept') return record
    warn(
      `A move to or from another engine has left the session ${id} half way. It opens nothing, and is left as it is, until the move is finished: name the other engine in SESSION_ENGINE_PREVIOUS, and run coatcheck sessions migrate.`,
    )
    return null
  }
}

/**
 * A store for a server that knows this engine alone. What a broken-off move has left half way counts as a session that is in
 * the other engine: it opens nothing, and no write changes it, so that it is whole once the move is finished.
 */
export function withoutHalfMoved(store: SessionStore, whole: OnlyWhole): SessionStore {
  const { copies } = store
  return {
    ...boundTo(store),
    load: (id) => after(store.load(id), (record) => whole(id, record)),
    ...(copies && {
      copies: {
        find(id) {
          const finding = copies.find(id)
          return finding && finding.then((record) => whole(id, record))
        },
        keep: (id, record) => copies.keep(id, record),
      },
    }),
  }
}

/** The methods of a store that may be an instance of a host's class: a spread would leave those behind. */
function boundTo(store: SessionStore): SessionStore {
  const { deleteMany, clearing, list, size, adopt, release, close } = store
  return {
    load: (id) => store.load(id),
    create: (id, record) => store.create(id, record),
    save: (id, record, version) => store.save(id, record, version),
    delete: (id, version) => store.delete(id, version),
    clearExpired: (now, limit) => store.clearExpired(now, limit),
    ...(deleteMany && { deleteMany: deleteMany.bind(store) }),
    ...(clearing && { clearing: clearing.bind(store) }),
    ...(list && { list: list.bind(store) }),
    ...(size && { size: size.bind(store) }),
    ...(adopt && { adopt: adopt.bind(store) }),
    ...(release && { release: release.bind(store) }),
    ...(close && { close: close.bind(store) }),
  }
}
