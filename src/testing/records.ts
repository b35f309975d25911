import assert from 'node:assert/strict'
import { createKey, idOf } from '../session/key.ts'
import type { SessionRecord } from '../session/record/record.ts'
import type { SessionStore, Version } from '../session/store.ts'

/** An id that no store has seen. */
export function newId() {
  return idOf(createKey())
}

/** A guest's record that lasts for a day. */
export function newRecord(note = 'kept'): SessionRecord {
  return { ...expiringAt(began + 86_400_000), data: { note } }
}

// Whole seconds would hide a medium that keeps no milliseconds.
const began = Date.now() - (Date.now() % 1000) + 123

/** An empty record that expires then, in milliseconds since 1970. */
export function expiringAt(expiresAt: number): SessionRecord {
  return {
    auth: null,
    data: {},
    expiry: null,
    createdAt: began,
    lastSeenAt: began,
    expiresAt,
    absoluteExpiresAt: null,
  }
}

/** Records that a careless medium would spoil. */
export function variety(): SessionRecord[] {
  const record = newRecord()
  const awkward = JSON.parse(
    '{"empty":"","text":"ü 漢字 \\ud83e\\udde5 \\u0000 \\r\\n\\"","numbers":[0,-1.5,1e21],"nothing":null,"deep":{"a":[{"b":[[]]}],"__proto__":{"x":1}},"$set":{}}',
  ) as SessionRecord['data']
  return [
    record,
    { ...record, data: {} },
    { ...record, data: awkward },
    { ...record, auth: { userId: '0192', epoch: 3, backend: 'password' } },
    { ...record, expiry: 1_209_600, absoluteExpiresAt: began + 2_592_000_000 },
    { ...record, expiry: 'browser', lastSeenAt: began + 999 },
    { ...record, expiry: { at: record.expiresAt } },
    // Memcached reads a TTL past thirty days as a date.
    { ...record, expiry: 34_560_000, expiresAt: began + 34_560_000_000 },
  ]
}

/** Creates a record, and gives its version. */
export async function created(
  store: SessionStore,
  id: ReturnType<typeof newId>,
  record = newRecord(),
) {
  const version = await store.create(id, record)
  assert.ok(version !== null, 'create of a new id must give a version')
  return version
}

/** The version that a save gave. Throws where the save came too late. */
export function saved(outcome: Version | 'conflict' | 'gone'): Version {
  assert.ok(outcome !== 'conflict' && outcome !== 'gone', `save said ${outcome}`)
  return outcome
}

/** The note by which a test tells one record from another. */
export function noteOf(record: SessionRecord | null) {
  return record?.data['note']
}

/** The results of `count` calls of `make`. */
export function times<Result>(count: number, make: (at: number) => Result): Result[] {
  return Array.from({ length: count }, (_, at) => make(at))
}
