import type { SessionId } from '../key.ts'
import type { SessionRecord } from '../record/record.ts'
import type { RowClocks, SessionRoster } from '../roster.ts'
import type { SessionStore, StoredRecord, Version } from '../store.ts'

/** Stores a session's record, and its clocks in its row of the roster, for one request. */
export interface SaveWithClocks {
  /**
   * Copies the clocks of `record` into the row, and then stores it in place of `version`: so no record outlives its row. Gives
   * what the store gives. 'conflict', with nothing stored, also where the row has other clocks than this request knew: it knows
   * them from then on. 'gone' also where the session was ended.
   */
  save(record: SessionRecord, version: Version): Promise<Version | 'conflict' | 'gone'>
  /** Tells what was stored when the record was loaded again, behind a conflict. */
  learn(newest: StoredRecord | null): void
  /**
   * Takes back the clocks of a record that was not stored, unless another writer has copied others since. The store may have
   * forgotten the session because it expired, or lost it, and only the row says which. Never rejects.
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
  /** What the row has, as far as is known, and what it shall have where nothing is stored. */
  let present: RowClocks = loaded
  let rightful: RowClocks = loaded
  let isCopied = false

  return {
    async save(record, version) {
      if (record.auth) {
        const others = await roster.seen(id, record, present)
        isCopied = others === null
        if (others === 'over') return 'gone'
        present = others ?? record
        if (others !== null) {
          rightful = others
          return 'conflict'
        }
      }
      const outcome = await store.save(id, record, version)
      if (outcome === 'gone') await takeBack()
      return outcome
    },

    learn(newest) {
      // Clocks that the row has from another writer are newer: its record is stored behind them.
      if (isCopied && newest !== null) rightful = newest
    },

    takeBack,
  }

  async function takeBack(): Promise<void> {
    if (!isCopied) return
    isCopied = false
    try {
      await roster.seen(id, rightful, present)
    } catch {
      return // the next write finds what the row has
    }
  }
}
