import { env } from 'node:process'
import { beforeAll, describe, expect, test } from 'vitest'
import { someSchedules, withInterruptions } from './explore.ts'
import { exploreSetting } from './explorer.ts'
import type { Search, Setting } from './explorer.ts'
import { endsById, grouped, mishaps, pairs, shortenings, threes } from './scenes.ts'
import { ownTime } from './timers.ts'

beforeAll(ownTime)

describe('in every order of two requests and their calls, all promises are kept: any operation beside', () => {
  test.each(grouped(pairs()))(
    'all promises are kept in every order with any operation beside %s',
    (_title, settings) => explore(settings),
  )
})

describe('whichever of its calls fails, all promises are kept, alone and beside a write, by', () => {
  test.each(grouped(mishaps('fails')))(
    'all promises are kept whichever call fails of %s',
    (_title, settings) => explore(settings),
  )
})

describe('whichever of its calls is given up and carried out later, all promises are kept, alone and beside a write, by', () => {
  test.each(grouped(mishaps('late')))(
    'all promises are kept whichever call comes late of %s',
    (_title, settings) => explore(settings),
  )
})

describe('whichever of its calls its process is killed before, all promises are kept, alone and beside a write, by', () => {
  test.each(grouped(mishaps('killed')))(
    'all promises are kept whichever call the process is killed before of %s',
    (_title, settings) => explore(settings),
  )
})

test('an end of all sessions finds one that a write shortens, in every order of their calls, and whichever of the calls of the write fails, comes late, or meets a kill', () =>
  explore(shortenings()))

test('what staff end by its id is over, and goes on under no other key, in every order beside any operation', () =>
  explore(endsById()))

test.each([
  ['fails', endsById('fails')],
  ['comes late', endsById('late')],
  ['meets a kill of its process', endsById('killed')],
])(
  'what staff end by its id is over, and goes on under no other key, whichever call of an operation beside it %s',
  (_title, settings) => explore(settings),
)

/** How many orders of any three requests are drawn, and the seed that they are drawn from. */
const [drawn, seed] = [2, 20_261_126]

test('all promises are kept in drawn orders of three requests and their calls', () =>
  explore(threes(), (run) => someSchedules(run, drawn, seed)))

/** Fails with the stories of all promises that are broken. */
async function explore(settings: readonly Setting[], search?: Search): Promise<void> {
  const broken: string[] = []
  for (const setting of settings) {
    const chosen = search ?? (isLong(setting) && !env['EXPLORE_ALL'] ? someOrders : undefined)
    const { schedules, stories } = await exploreSetting(setting, chosen)
    expect(schedules).toBeGreaterThan(0)
    broken.push(...stories)
  }
  if (broken.length > 0) expect.fail(broken.join('\n\n'))
}

/** Has it so many orders that all of them are only played where EXPLORE_ALL is set? */
function isLong({ requests: [one, other], mishap }: Setting): boolean {
  const isChange = /login|logout|password/
  if (one === undefined || other === undefined) return false
  if (other === 'an end of all, later') return false
  if (mishap !== undefined) return mishap === 'late' || isChange.test(one)
  const isBeside = (name: string) => isChange.test(name) || name === 'write' || name === 'touch'
  return /password/.test(`${one} ${other}`) && isBeside(one) && isBeside(other)
}

/** The orders with one interruption or none, as far as they go, and some that are drawn. */
const someOrders: Search = async function* (run) {
  let left = 60
  for await (const tried of withInterruptions(run)) {
    yield tried
    if (--left === 0) break
  }
  yield* someSchedules(run, 30, seed)
}
