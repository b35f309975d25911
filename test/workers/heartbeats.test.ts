import { expect, test } from 'vitest'
import { createHeartbeats } from '../../src/workers/heartbeats.ts'

const beat = 5_000

/** Heartbeats of workers that have said something, and a primary that looks on time. */
function looking(...workers: string[]) {
  const heartbeats = createHeartbeats<string>(beat)
  let now = 0
  const look = (after = beat) => heartbeats.look((now += after))
  look()
  for (const worker of workers) {
    heartbeats.expect(worker)
    heartbeats.hear(worker, 'here')
  }
  return {
    ...heartbeats,
    look,
    looks: (count: number) => Array.from({ length: count }, () => look()),
  }
}

test('the primary counts a worker as hung after half a minute without a heartbeat', () => {
  const { look, looks, hear } = looking('silent', 'well')
  for (let at = 0; at < 6; at++) {
    expect(look()).toBeNull()
    hear('well', 'beat')
  }
  expect(look()).toBe('silent')
  expect(looks(3)).toEqual([null, null, null])
})

test('a worker that was stopped and goes on before half a minute has passed is left alone', () => {
  const { looks, hear } = looking('stopped')
  for (let round = 0; round < 5; round++) {
    expect(looks(6)).toEqual(Array(6).fill(null))
    hear('stopped', 'beat')
  }
})

test('of two workers that hang the second is named once the first has ended', () => {
  const { looks, look, forget } = looking('one', 'other')
  const [hung] = looks(7).slice(-1)
  expect(looks(20)).toEqual(Array(20).fill(null))
  forget(hung!)
  expect([hung, look()].sort()).toEqual(['one', 'other'])
})

test('where the primary or the machine stood still, all workers have another half a minute', () => {
  const { looks, look } = looking('one', 'other')
  expect(looks(6)).toEqual(Array(6).fill(null))
  expect(look(8 * 3_600_000)).toBeNull()
  expect(looks(6)).toEqual(Array(6).fill(null))
  expect(look()).not.toBeNull()
})

test('a machine so slow that the primary itself looks late has no worker killed', () => {
  const { look } = looking('slow')
  for (let at = 0; at < 100; at++) expect(look(beat + 1_500)).toBeNull()
})

test('a worker that has said nothing since it was started has a minute, and half a minute from its first word on', () => {
  const { expect: begin, hear, looks, look } = looking()
  begin('mute')
  begin('slow')
  expect(looks(12)).toEqual(Array(12).fill(null))
  hear('slow', 'here')
  expect(look()).toBe('mute')
  const { expect: start, hear: hearOne, looks: lookOn } = looking()
  start('slow')
  hearOne('slow', 'here')
  expect(lookOn(7)).toEqual([...Array(6).fill(null), 'slow'])
})

test('a worker that has said that it is busy may be silent for as long as it likes, until it has said that it is free', () => {
  const { hear, looks } = looking('migrating')
  hear('migrating', 'busy')
  expect(looks(500)).toEqual(Array(500).fill(null))
  hear('migrating', 'beat')
  expect(looks(500)).toEqual(Array(500).fill(null))
  hear('migrating', 'free')
  expect(looks(7)).toEqual([...Array(6).fill(null), 'migrating'])
})

test('a worker that takes its leave is not expected to say anything', () => {
  const { hear, forget, looks } = looking('leaving')
  forget('leaving')
  hear('leaving', 'free')
  expect(looks(20)).toEqual(Array(20).fill(null))
})
