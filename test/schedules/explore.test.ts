import { expect, test } from 'vitest'
import { everySchedule, replay, someSchedules, withInterruptions } from './explore.ts'
import type { Run } from './explore.ts'
import { createScheduler } from './scheduler.ts'
import type { Resource } from './choice.ts'

/** What came of a run, and the schedule that led to it. */
interface Ended {
  readonly state: string
  readonly schedule: readonly string[]
}

/**
 * Two programs that read and write three variables. Where `isBlind`, every step is said to touch everything, so that
 * each order is one of its own.
 */
function programs(isBlind: boolean): Run<Ended> {
  return async (choose) => {
    const scheduler = createScheduler()
    const variables: Record<string, number> = { a: 0, b: 0, c: 0 }
    const touch = (name: string, writes: boolean): Resource[] => [
      isBlind ? { kind: '*', name: '*', writes: true } : { kind: 'variable', name, writes },
    ]
    const read = (by: string, name: string) =>
      scheduler.call({
        by,
        what: `reads ${name}`,
        touches: touch(name, false),
        perform: () => variables[name] ?? 0,
      })
    const write = (by: string, name: string, value: number) =>
      scheduler.call({
        by,
        what: `writes ${name}`,
        touches: touch(name, true),
        perform: () => void (variables[name] = value),
      })
    const one = async () => {
      await write('one', 'a', (await read('one', 'a')) + 1)
      await write('one', 'b', await read('one', 'c'))
    }
    const other = async () => {
      await write('other', 'a', (await read('other', 'a')) + 2)
      await write('other', 'c', (await read('other', 'b')) + 5)
    }
    void one()
    void other()
    const schedule: string[] = []
    for (;;) {
      const choices = await scheduler.choices()
      if (choices.length === 0) return { state: JSON.stringify(variables), schedule }
      const choice = choose(choices)
      if (choice === null) return null
      schedule.push(choice.id)
      scheduler.take(choice)
    }
  }
}

async function statesOf(schedules: AsyncIterable<Ended>): Promise<string[]> {
  const states: string[] = []
  for await (const { state } of schedules) states.push(state)
  return states
}

test('leaving out orders that make no difference loses no outcome', async () => {
  const all = await statesOf(everySchedule(programs(true)))
  const some = await statesOf(everySchedule(programs(false)))
  expect(all).toHaveLength(70) // 8 steps, 4 of them of one program
  expect(some.length).toBeLessThan(30)
  expect(new Set(some)).toEqual(new Set(all))
})

test('schedules with fewer interruptions come first, and every schedule comes', async () => {
  const states = await statesOf(withInterruptions(programs(true)))
  expect(states).toHaveLength(70)
  expect(states[0]).toBe('{"a":3,"b":0,"c":5}')
})

test('schedules drawn with one seed are the same, and a schedule can be played again by its ids', async () => {
  const drawn = await statesOf(someSchedules(programs(true), 20, 7))
  expect(await statesOf(someSchedules(programs(true), 20, 7))).toEqual(drawn)
  expect(new Set(drawn).size).toBeGreaterThan(1)
  for await (const { state, schedule } of everySchedule(programs(false)))
    expect(await replay(programs(false), schedule)).toEqual({ state, schedule })
  await expect(replay(programs(false), ['nobody.1'])).rejects.toThrow('There is no step nobody.1.')
})
