import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createDependency } from '../../src/waiting/dependency.ts'
import type { DependencyOptions } from '../../src/waiting/dependency.ts'
import { InvalidInput, SessionStoreUnavailable } from '../../src/refusals.ts'

const never = () => new Promise<never>(() => {})
const refuse = () => Promise.reject(new Error('connection refused'))

/** A dependency, what it has logged, and a probe that answers as the test says. */
function watched(options: Partial<DependencyOptions> = {}) {
  const lines: string[] = []
  const write = (_details: object, message: string) => void lines.push(message)
  const state = { probe: async (): Promise<unknown> => 'here', probes: 0 }
  const dependency = createDependency({
    name: 'The store',
    timeout: 300,
    log: { warn: write, error: write },
    probe: () => {
      state.probes++
      return state.probe()
    },
    ...options,
  })
  return { ...dependency, dependency, lines, state }
}

/** Keeps the event loop busy. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

const failed = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: unknown) => error,
  )

describe('a call', { tags: ['H3'] }, () => {
  // The first of this file, so that the loop clock does not go yet.
  test('a call to a dependency whose work answers without a promise gets that answer, and starts no timer', async () => {
    const timers = vi.spyOn(globalThis, 'setInterval')
    onTestFinished(() => void timers.mockRestore())
    const { call } = watched()
    expect(await call(() => 'found')).toBe('found')
    expect(await call(() => null)).toBeNull()
    expect(timers).not.toHaveBeenCalled()
    expect(await call(async () => 'found')).toBe('found')
    expect(timers).toHaveBeenCalledTimes(1)
  })

  test('a call to a dependency gives what its work gives', async () => {
    expect(await watched().call(async () => 'found')).toBe('found')
  })

  test('a call to a dependency whose work fails, at once or later, says that the store is not available', async () => {
    const { call } = watched()
    const throwing = () => {
      throw new Error('at once')
    }
    for (const work of [refuse, throwing])
      expect(await failed(call(work))).toBeInstanceOf(SessionStoreUnavailable)
  })

  test('a call to a dependency without an answer fails after its time', async () => {
    const began = performance.now()
    const error = await failed(watched().call(never))
    expect(error).toBeInstanceOf(SessionStoreUnavailable)
    expect(performance.now() - began).toBeGreaterThan(250)
  })

  test('a call to a dependency gets a refusal of its work, and an error that counts as an answer, as they are', async () => {
    const refusal = new InvalidInput([])
    const taken = new Error('taken')
    const { call } = watched({ isAnswer: (error) => error === taken })
    expect(await failed(call(() => Promise.reject(refusal)))).toBe(refusal)
    expect(await failed(call(() => Promise.reject(taken)))).toBe(taken)
  })

  test('what a call to a dependency does after its time is taken back, and the error of the call says that it may have been stored', async () => {
    const { call } = watched({ timeout: 100 })
    const undone: (string | null)[] = []
    const options = { isWrite: true, undo: async (made: string | null) => undone.push(made) }
    let make = (_made: string) => {}
    const making = new Promise<string>((done) => (make = done))
    const error = await failed(call(() => making, options))
    expect((error as Error).message).toMatch('may have been stored')
    expect(undone).toEqual([])
    make('made')
    await expect.poll(() => undone).toEqual(['made'])
    expect(await call(async () => 'found', options)).toBe('found')
    expect(undone).toEqual(['made'])
  })

  test.each([
    ['its connection broke', new Error('Connection terminated unexpectedly'), [null]],
    ['PostgreSQL refused it', Object.assign(new Error('no'), { severity: 'ERROR' }), []],
  ])(
    'a call to a dependency that fails after its time because %s is taken back only where it may have been carried out',
    async (_why, cause, expected) => {
      const { call } = watched({ timeout: 100 })
      const undone: (string | null)[] = []
      const undo = async (made: string | null) => undone.push(made)
      let fail = (_error: Error) => {}
      const making = new Promise<string>((_, reject) => (fail = reject))
      await failed(call(() => making, { isWrite: true, undo }))
      fail(cause)
      await setImmediate()
      expect(undone).toEqual(expected)
    },
  )

  test.each([
    ['whose connection broke', new Error('Connection terminated unexpectedly'), true],
    ['that failed in its own words', new Error('The moon is full.'), true],
    ['that was never sent', Object.assign(new Error('none'), { code: 'ECONNREFUSED' }), false],
    ['that PostgreSQL refused', Object.assign(new Error('no'), { severity: 'ERROR' }), false],
    [
      'of which the server does not know what came',
      Object.assign(new Error('result is ambiguous'), { severity: 'ERROR', code: '40003' }),
      true,
    ],
    ['for which the disk has no room', Object.assign(new Error('no'), { code: 'ENOSPC' }), false],
  ])(
    'the error of a write %s says whether it may have been stored',
    async (_which, cause, isOpen) => {
      const { call } = watched()
      const error = await failed(call(() => Promise.reject(cause), { isWrite: true }))
      expect((error as Error).message.includes('may have been stored')).toBe(isOpen)
      const read = await failed(call(() => Promise.reject(cause)))
      expect((read as Error).message).not.toMatch('may have been stored')
    },
  )

  test('a call to a dependency is not late because this process had other work to do', async () => {
    const amongOthers = async () => {
      for (let turn = 0; turn < 200; turn++) {
        block(8)
        await setImmediate()
      }
      return 'in time'
    }
    expect(await watched({ timeout: 1500 }).call(amongOthers)).toBe('in time')
  })

  test('a call to a dependency is not late because it waited for its turn', async () => {
    const { call } = watched({ places: 1, timeout: 300 })
    const answers = Array.from({ length: 5 }, (_, at) => call(() => delay(120, at)))
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4])
  })
})

describe('a dependency that fails several times in a row', { tags: ['H3'] }, () => {
  const bringDown = async (store: ReturnType<typeof watched>, work: () => Promise<unknown>) => {
    store.state.probe = work
    for (let round = 0; round < 100 && !store.dependency.isDown; round++) {
      await failed(store.call(work))
      await delay(20)
    }
    expect(store.dependency.isDown).toBe(true)
  }

  test('a dependency that fails several times in a row answers callers at once with the fault, until a probe finds it back', async () => {
    const store = watched()
    await bringDown(store, refuse)
    let asked = 0
    const error = await failed(store.call(async () => asked++))
    expect(error).toBeInstanceOf(SessionStoreUnavailable)
    expect(asked).toBe(0)
    expect(store.dependency.reason?.message).toBe('connection refused')
    store.state.probe = async () => 'here'
    await expect.poll(() => store.dependency.isDown).toBe(false)
    expect(await store.call(async () => 'found')).toBe('found')
  })

  test('a dependency whose work fails before it makes a promise is down as well', async () => {
    const store = watched()
    const throwing = (): string => {
      throw new Error('disk is gone')
    }
    await bringDown(store, async () => throwing())
    store.state.probe = async () => 'here'
    await expect.poll(() => store.dependency.isDown).toBe(false)
    store.state.probe = async () => throwing()
    for (let round = 0; round < 100 && !store.dependency.isDown; round++) {
      await failed(store.call(throwing))
      await delay(20)
    }
    expect(store.dependency.reason?.message).toBe('disk is gone')
  })

  test('a dependency says once that it is down, and once that it is back', async () => {
    const store = watched()
    await bringDown(store, refuse)
    for (let round = 0; round < 20; round++) await failed(store.call(refuse))
    store.state.probe = async () => 'here'
    await expect.poll(() => store.dependency.isDown).toBe(false)
    expect(store.lines).toEqual([
      'The store has failed a call',
      'The store is down: callers are answered at once',
      expect.stringMatching(/^The store is back after \d+ s$/),
    ])
  })

  test('the log tells of the first call to a dependency that fails after an outage, however soon', async () => {
    const store = watched()
    await bringDown(store, refuse)
    store.state.probe = async () => 'here'
    await expect.poll(() => store.dependency.isDown).toBe(false)
    await failed(store.call(refuse))
    expect(store.lines.at(-1)).toBe('The store has failed a call')
  })

  test('a dependency that hangs is down by the time that its callers give up, and one probe is enough to find that', async () => {
    const store = watched({ timeout: 600 })
    store.state.probe = never
    const calls = Array.from({ length: 50 }, () => failed(store.call(never)))
    await Promise.all(calls)
    await expect.poll(() => store.dependency.isDown).toBe(true)
    expect(store.state.probes).toBe(1)
  })

  test('a dependency whose probe is answered is not down: it may take no writes and still be read', async () => {
    const store = watched()
    for (let round = 0; round < 20; round++) await failed(store.call(refuse))
    await delay(100)
    expect(store.dependency.isDown).toBe(false)
    expect(await store.call(async () => 'found')).toBe('found')
    expect(store.lines).toEqual(['The store has failed a call'])
  })

  test('a dependency that answers calls between those that fail is not down', async () => {
    const store = watched()
    store.state.probe = refuse
    for (let round = 0; round < 20; round++) {
      await failed(store.call(refuse))
      await store.call(async () => 'found')
    }
    expect(store.dependency.isDown).toBe(false)
  })
})

describe('a check', () => {
  test('a check of a dependency says what is wrong now, and one question serves all callers at one time', async () => {
    const store = watched()
    expect(await store.check()).toBeNull()
    store.state.probe = refuse
    const before = store.state.probes
    const found = await Promise.all([store.check(), store.check(), store.check()])
    expect(found.map((error) => error?.message)).toEqual(Array(3).fill('connection refused'))
    expect(store.state.probes).toBe(before + 1)
  })

  test('the log tells of a failed check of a dependency, and once of the next answer, where that was no outage yet', async () => {
    for (const answer of ['check', 'call'] as const) {
      const store = watched()
      store.state.probe = refuse
      expect(await store.check()).not.toBeNull()
      store.state.probe = async () => 'here'
      for (let round = 0; round < 3; round++)
        await (answer === 'check' ? store.check() : store.call(async () => 'found'))
      expect(store.dependency.isDown).toBe(false)
      expect(store.lines).toEqual(['The store has failed a call', 'The store answers again'])
    }
  })

  test('a check of a dependency that hangs gives up, and says that no answer came', async () => {
    const store = watched()
    store.state.probe = never
    expect((await store.check())?.message).toMatch(/^No answer within \d+ ms\.$/)
  })
})
