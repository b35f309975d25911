import { expect, test } from 'vitest'
import { createRestarts, goodLife } from '../../src/workers/restarts.ts'

test('the primary replaces a worker that has served for long at once', () => {
  const { afterEnd } = createRestarts()
  for (let end = 0; end < 20; end++) expect(afterEnd(goodLife, false)).toBe(0)
})

test('the pause before a new worker doubles with each short life in a row, and a worker that started well ends the row', () => {
  const { afterEnd } = createRestarts()
  expect([afterEnd(null, true), afterEnd(10, true), afterEnd(null, true)]).toEqual([100, 200, 400])
  afterEnd(goodLife, true)
  expect(afterEnd(10, true)).toBe(100)
  for (let end = 0; end < 20; end++) afterEnd(null, true)
  expect(afterEnd(null, true)).toBe(30_000)
})

test('after five short lives in a row there are no more starts, unless a worker serves that started well', () => {
  const { afterEnd } = createRestarts()
  for (let end = 0; end < 4; end++) expect(afterEnd(10, false)).not.toBeNull()
  expect(afterEnd(null, true)).not.toBeNull()
  expect(afterEnd(null, false)).toBeNull()
})
