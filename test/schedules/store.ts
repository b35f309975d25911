import type { SessionId } from '../../src/session/key.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'
import type { SessionStore, StoredRecord } from '../../src/session/store.ts'
import type { Resource } from './choice.ts'
import type { Scheduler } from './scheduler.ts'

/** The records of an engine that keeps them apart from the roster. */
export interface Records {
  kept: Map<SessionId, StoredRecord>
  /** The newest version that was given out. */
  last: number
}

/** The store contract over records in memory, for one request: every call waits for the scheduler, and is atomic. */
export function createStore(records: Records, scheduler: Scheduler, by: string): SessionStore {
  const ask = <Result>(
    what: string,
    id: SessionId,
    writes: boolean,
    perform: () => Result,
    tell: (result: Result) => string,
  ): Promise<Result> => {
    const name = scheduler.nameOf(id, by)
    const touches: Resource[] = [{ kind: 'record', name, writes }]
    return scheduler.call({ by, what: `store.${what} of ${name}`, touches, perform, tell })
  }
  const put = (id: SessionId, record: SessionRecord) => {
    records.kept.set(id, { ...record, version: ++records.last })
    return records.last
  }

  return {
    load: (id) =>
      ask(
        'load',
        id,
        false,
        () => records.kept.get(id) ?? null,
        (found) => (found ? 'a record' : 'nothing'),
      ),

    create: (id, record) =>
      ask('create', id, true, () => (records.kept.has(id) ? null : put(id, record)), said),

    save: (id, record, version) =>
      ask(
        'save',
        id,
        true,
        () => {
          const found = records.kept.get(id)
          if (found === undefined) return 'gone'
          return found.version === version ? put(id, record) : 'conflict'
        },
        said,
      ),

    delete: (id, version) =>
      ask(
        version === undefined ? 'delete' : 'delete at a version',
        id,
        true,
        () => {
          const found = records.kept.get(id)
          if (found && version !== undefined && found.version !== version) return 'conflict'
          records.kept.delete(id)
          return undefined
        },
        said,
      ),

    clearExpired: async () => 0,

    async *list() {
      for (const [id, record] of records.kept) yield { id, record }
    },
  }
}

function said(outcome: string | number | null | undefined): string {
  if (outcome === null) return 'taken'
  return typeof outcome === 'string' ? outcome : 'done'
}
