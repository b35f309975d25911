import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createKeyedQueue } from '../../src/waiting/keyed-queue.ts'
import { createRelease } from '../../src/waiting/release.ts'

/** A queue whose turns end when the test says so, and what each turn was told of the one before. */
function watched() {
  const inTurn = createKeyedQueue<string>()
  const begun: unknown[] = []
  const ends: ((outcome: string | Error) => void)[] = []
  const join = (key: string, release = createRelease()) => {
    const turn = inTurn(
      key,
      (before) =>
        new Promise<string>((resolve, reject) => {
          begun.push(before)
          ends.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)))
        }),
      release,
    )
    turn.catch(() => undefined)
    return { turn, release }
  }
  return { join, begun, end: (at: number, outcome: string | Error) => ends[at]?.(outcome) }
}

describe('a queue by key', () => {
  test('a queue by key lets one in at a time for each key, and says how the turn before ended', async () => {
    const { join, begun, end } = watched()
    const turns = [join('a'), join('a'), join('a'), join('b')]
    expect(begun).toEqual([null, null])
    end(0, 'first')
    await turns[0]?.turn
    await setImmediate()
    expect(begun).toEqual([null, null, { found: 'first' }])
    const broken = new Error('broken')
    end(2, broken)
    await expect(turns[1]?.turn).rejects.toBe(broken)
    await setImmediate()
    expect(begun.at(-1)).toEqual({ failed: broken })
  })

  test('a queue by key forgets a key when its last turn is over', async () => {
    const { join, begun, end } = watched()
    const { turn } = join('a')
    end(0, 'first')
    await turn
    await setImmediate()
    void join('a')
    expect(begun).toEqual([null, null])
  })

  test('a turn that a queue by key lets go while it waits does no work, and the next turn hears how the one before it ended', async () => {
    const { join, begun, end } = watched()
    const turns = [join('a'), join('a'), join('a')]
    const reason = new Error('its request is let go')
    turns[1]?.release.letGo(reason)
    await expect(turns[1]?.turn).rejects.toBe(reason)
    expect(begun).toEqual([null])
    end(0, 'first')
    await setImmediate()
    expect(begun).toEqual([null, { found: 'first' }])
  })

  test('a turn that is let go before it joins a queue by key does no work', async () => {
    const { join, begun } = watched()
    const release = createRelease()
    const reason = new Error('too late')
    release.letGo(reason)
    await expect(join('a', release).turn).rejects.toBe(reason)
    expect(begun).toEqual([])
  })

  test('a queue by key does not let go of a turn that is under way', async () => {
    const { join, end } = watched()
    const { turn, release } = join('a')
    release.letGo(new Error('too late'))
    end(0, 'done')
    expect(await turn).toBe('done')
  })
})
