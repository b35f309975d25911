import type { SessionId } from '../key.ts'
import type { SessionRecord } from '../record/record.ts'
import type { RowClocks, SessionRoster } from '../roster.ts'
import type { SessionStore, StoredRecord, Version } from '../store.ts'

/** Stores a session's record, and its clocks in its row of the roster, for one request. */
export interface SaveWithClocks {
  /**
   * Copies the clocks of `record` into the row, and then stores it in place of `version`. No record outlives its row at any
   * moment: where `record` expires sooner, the row keeps the later end until the store has it. Returns what the store
   * returns. Also 'conflict', with nothing stored, where the row has other clocks than this request knew, which it learns by
   * that; and 'gone' where the session was ended.
   */
  save(record: SessionRecord, version: Version): Promise<Version | 'conflict' | 'gone'>
  /**
   * Lets the session expire again whose record was `stored` in place of `before`, where that was over at `now` and `save` had not
   * answered yet: another process may have told the visitor so. False where another writer has carried the session on.
   */
  expireAgain(stored: StoredRecord, before: RowClocks, now: number): Promise<boolean>
  /** Takes the record that was loaded again after a conflict. */
  learn(newest: StoredRecord | null): void
  /**
   * Takes back the clocks of a record that was not stored, unless another writer has copied others since. The row must be
   * exact: it alone shows whether a cache forgot the session because it expired, or lost it. Never rejects.
   */
  takeBack(): Promise<void>
}

/** Begins with the record that the request has `loaded`. */
export function createSaveWithClocks(
  store: SessionStore,
  roster: SessionRoster,
  id: SessionId,
  loaded: StoredRecord,
): SaveWithClocks {
  /** The clocks that the row has, as far as is known, and those it must have where nothing is stored. */
  let present: RowClocks = loaded
  let rightful: RowClocks = loaded
  let isCopied = false

  return {
    save,

    async expireAgain({ version, ...record }, before, now) {
      const { lastSeenAt, absoluteExpiresAt } = before
      const expiresAt = Math.min(before.expiresAt, now)
      const over = { ...record, lastSeenAt, expiresAt, absoluteExpiresAt }
      return (await save(over, version)) !== 'conflict'
    },

    learn(newest) {
      // Clocks that another writer copied are newer: it stores its record after them.
      if (isCopied && newest !== null) rightful = newest
    },

    takeBack,
  }

  async function save(
    record: SessionRecord,
    version: Version,
  ): Promise<Version | 'conflict' | 'gone'> {
    if (record.auth) {
      const held = roster.copiesClocks ? notBefore(present, record) : record
      const others = await roster.seen(id, held, present)
      isCopied = others === null
      if (others === 'over') return 'gone'
      present = others ?? held
      if (others !== null) {
        rightful = wantedBy(others)
        return 'conflict'
      }
    }
    const outcome = await store.save(id, record, version)
    if (outcome === 'gone') await takeBack()
    else if (outcome !== 'conflict' && present.expiresAt > record.expiresAt) {
      rightful = record
      await takeBack()
    }
    return outcome
  }

  /**
   * Lets the row have what is rightful. Where that fails the row lives too long, until the next write or touch finds it; lists
   * name a session whose record is over meanwhile, which opens nothing.
   */
  async function takeBack(): Promise<void> {
    if (!isCopied) return
    isCopied = false
    try {
      await roster.seen(id, rightful, present)
    } catch {
      return
    }
  }
}

/**
 * The clocks of `record` for a row that has those of `present`. Where the record is to expire sooner, the row keeps its end, and
 * says the record's in `absoluteExpiresAt`, which comes before the end in no other case: so no other write leaves the same
 * clocks, and what is taken back or copied afterwards undoes none.
 */
function notBefore(present: RowClocks, record: RowClocks): RowClocks {
  const { lastSeenAt, expiresAt } = record
  if (expiresAt >= present.expiresAt) return record
  return { lastSeenAt, expiresAt: present.expiresAt, absoluteExpiresAt: expiresAt }
}

/** What the writer of `clocks` wants the row to have when its record is stored: see `notBefore`. */
function wantedBy(clocks: RowClocks): RowClocks {
  const { expiresAt, absoluteExpiresAt } = clocks
  return { ...clocks, expiresAt: Math.min(expiresAt, absoluteExpiresAt ?? Infinity) }
}
