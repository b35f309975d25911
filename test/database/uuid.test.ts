import { expect, test } from 'vitest'
import { createUuids } from '../../src/database/uuid.ts'

const at = Date.UTC(2026, 0, 15, 12)
const form = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

test('a UUID is of version 7 and begins with its time', () => {
  const uuid = createUuids()(at)
  expect(uuid).toMatch(form)
  expect(Number.parseInt(uuid.slice(0, 13).replace('-', ''), 16)).toBe(at)
})

test('UUIDs of one millisecond sort in the order of their making, however many there are', () => {
  const createUuid = createUuids()
  const made = Array.from({ length: 10_000 }, () => createUuid(at))
  expect(made.toSorted()).toEqual(made)
  expect(new Set(made).size).toBe(made.length)
  for (const uuid of made) expect(uuid).toMatch(form)
})

test('a clock that is set back does not change the order of UUIDs', () => {
  const createUuid = createUuids()
  const made = [at, at - 3_600_000, at - 1, at, at + 1].map((time) => createUuid(time))
  expect(made.toSorted()).toEqual(made)
})
