import type { SessionRoster } from '../../src/session/roster.ts'

/** The roster of a server that knows no users: it opens the sessions of guests, and writes nothing down. */
export const noRoster: SessionRoster = {
  async open(id, store) {
    const record = await store.load(id)
    return record && record.auth === null ? record : null
  },
  isBeingReplaced: () => false,
  enroll: async (store, { id, record }) => (await store.create(id, record)) ?? 'taken',
  withdraw: async () => {},
  leave: async () => false,
  leaveAsGuest: async (_id, _record, remove) => void (await remove()),
  longestIdle: () => null,
  copiesClocks: false,
  seen: () => null,
  isSuperseded: async () => false,
}
