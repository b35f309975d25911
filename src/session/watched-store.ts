import type { Watch } from '../waiting/watch.ts'
import type { SessionStore } from './store.ts'

/** Tells `watch` of every call that requests make to `store`. */
export function watchStore(store: SessionStore, watch: Watch): SessionStore {
  return {
    ...store,
    load: watch('load', store.load),
    create: watch('create', store.create),
    save: watch('save', store.save),
    delete: watch('delete', store.delete),
  }
}
