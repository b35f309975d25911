import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { createSessionEvents } from '../../src/session/streams/events.ts'
import type { Sight } from '../../src/session/streams/event-stream.ts'
import type { SessionEvents } from '../../src/session/streams/events.ts'
import type { SessionId } from '../../src/session/key.ts'
import type { OverAmong } from '../../src/session/streams/many-calls.ts'
import { TooManyStreams } from '../../src/refusals.ts'

const id = (name: string) => name.padEnd(64, '0') as SessionId
const here = id('a')

interface EventsOptions {
  readonly recheckInterval?: number
  readonly overAmong?: OverAmong
}

/** Streams that do not look again by themselves within a test, unless it sets the interval. */
function createEvents({ recheckInterval = 3600, overAmong }: EventsOptions = {}) {
  const warnings: unknown[] = []
  const events = createSessionEvents({
    recheckInterval,
    most: 2_000,
    ...(overAmong && { overAmong }),
    warn: (_message, error) => warnings.push(error),
  })
  return { events, warnings }
}

/** Something to look at: each look at a number that is new is an event. */
function createSubject(endsIn = Infinity) {
  let known = 0
  const subject = {
    value: 0,
    isOver: false,
    looks: 0,
    async look(): Promise<Sight<number>> {
      subject.looks++
      await sleep(1)
      const event = subject.value === known ? null : (known = subject.value)
      return { event, endsIn: subject.isOver ? null : endsIn }
    },
  }
  return subject
}

const watch = (events: SessionEvents, subject = createSubject(), of = here) =>
  events.subscribe(of, subject.look)

describe('a stream', () => {
  test('a stream looks when it begins, and whenever it is called', async () => {
    const { events } = createEvents()
    const subject = createSubject()
    subject.value = 1
    const stream = watch(events, subject)
    expect(await stream.next()).toEqual({ value: 1, done: false })
    const next = stream.next()
    subject.value = 2
    events.publish(here)
    expect(await next).toEqual({ value: 2, done: false })
  })

  test('a stream hears the calls to its own session and those to all sessions', async () => {
    const { events } = createEvents()
    const subject = createSubject()
    const next = watch(events, subject).next()
    await sleep(20)
    subject.value = 1
    events.publish(id('b'))
    await sleep(20)
    expect(subject.looks).toBe(1)
    events.recheck()
    expect(await next).toEqual({ value: 1, done: false })
  })

  test('a stream does not lose a call that comes during a look', async () => {
    const { events } = createEvents()
    const subject = createSubject()
    const next = watch(events, subject).next()
    await sleep(0)
    events.publish(here)
    subject.value = 1
    expect((await next).value).toBe(1)
  })

  test('a slow reader of a stream gets the newest state, not every state', async () => {
    const { events } = createEvents()
    const subject = createSubject()
    const stream = watch(events, subject)
    for (let value = 1; value <= 1000; value++) {
      subject.value = value
      events.publish(here)
    }
    expect((await stream.next()).value).toBe(1000)
    expect(subject.looks).toBe(1)
  })

  test('a stream looks by itself after the interval, and when its session must have expired', async () => {
    const { events } = createEvents({ recheckInterval: 0.02 })
    const subject = createSubject()
    const next = watch(events, subject).next()
    await sleep(5)
    subject.value = 1
    expect((await next).value).toBe(1)

    const ending = createSubject(20)
    const end = watch(createEvents().events, ending).next()
    await sleep(5)
    ending.value = 7
    ending.isOver = true
    expect((await end).value).toBe(7)
  })

  test('a stream whose session is over gives the last event and ends, and frees its place with that event', async () => {
    const { events } = createEvents()
    const subject = createSubject()
    const stream = watch(events, subject)
    subject.value = 1
    subject.isOver = true
    expect(await stream.next()).toEqual({ value: 1, done: false })
    expect(events.size).toBe(0)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  test('a stream survives a look that fails, reports it, and looks again long before the next re-check', async () => {
    const { events, warnings } = createEvents()
    const subject = createSubject()
    let failures = 1
    const look = async () => {
      if (failures-- > 0) throw new Error('The store is away.')
      return subject.look()
    }
    subject.value = 1
    const stream = events.subscribe(here, look)
    expect((await stream.next()).value).toBe(1)
    expect(warnings).toMatchObject([{ message: 'The store is away.' }])
  })

  test('a stream answers readers who ask twice at once, in order', async () => {
    const { events } = createEvents()
    const subject = createSubject()
    const stream = watch(events, subject)
    const [first, second] = [stream.next(), stream.next()]
    subject.value = 1
    expect((await first).value).toBe(1)
    subject.value = 2
    events.publish(here)
    expect((await second).value).toBe(2)
  })
})

describe('an end', () => {
  test('return ends a stream that waits, and frees its place once', async () => {
    const { events } = createEvents()
    const stream = watch(events)
    const next = stream.next()
    await sleep(20)
    expect(events.size).toBe(1)
    await stream.return()
    expect(await next).toEqual({ value: undefined, done: true })
    expect(events.size).toBe(0)
    await stream.return()
    expect(events.size).toBe(0)
  })

  test('close ends all streams of a process, and those that begin later', async () => {
    const { events } = createEvents()
    const waiting = [watch(events), watch(events, createSubject(), id('b'))]
    const results = waiting.map((stream) => stream.next())
    await sleep(20)
    events.close()
    expect((await Promise.all(results)).map(({ done }) => done)).toEqual([true, true])
    expect((await watch(events).next()).done).toBe(true)
    expect(events.size).toBe(0)
  })

  test('a stream that ended during its look gives no event', async () => {
    const { events } = createEvents()
    const subject = createSubject()
    subject.value = 1
    const stream = watch(events, subject)
    const next = stream.next()
    await stream.return()
    expect((await next).done).toBe(true)
  })
})

describe('an end of many sessions', () => {
  const ids = Array.from({ length: 100 }, (_, at) => id(`s${at}x`))

  /** A stream of each, and what its looks were given. */
  async function watchAll(overAmong: OverAmong) {
    const { events, warnings } = createEvents({ overAmong })
    const given = new Map<SessionId, (string | null)[]>()
    let [inTurn, mostInTurn] = [0, 0]
    for (const each of ids) {
      given.set(each, [])
      const look = async (why: string | null) => {
        if (inTurn++ === 0) setImmediate(() => (inTurn = 0))
        if (why !== null) mostInTurn = Math.max(mostInTurn, inTurn)
        given.get(each)?.push(why)
        return { event: null, endsIn: why === null ? Infinity : null }
      }
      void events.subscribe(each, look).next()
    }
    const looks = () => [...given.values()].flat()
    await expect.poll(() => looks().length).toBe(100)
    return { events, warnings, given, looks, mostInTurn: () => mostInTurn }
  }

  test('a hundred called streams share two questions to the roster: one of those that are over ends in each turn, and the others look for themselves', async () => {
    const asked: SessionId[][] = []
    const over = new Set(ids.slice(0, 60))
    const watched = await watchAll(async (some) => {
      asked.push([...some])
      return new Map(some.flatMap((each) => (over.has(each) ? [[each, 'REVOKED']] : [])))
    })
    for (let at = 0; at < ids.length; at += 25)
      watched.events.publishMany([...ids.slice(at, at + 25), id('another')])
    await expect.poll(() => watched.looks().length).toBe(200)
    expect(asked.map(({ length }) => length)).toEqual([50, 50])
    for (const each of ids)
      expect(watched.given.get(each)).toEqual([null, over.has(each) ? 'REVOKED' : null])
    expect(watched.events.size).toBe(40)
    expect(watched.mostInTurn()).toBe(1)
    watched.events.close()
  })

  test('streams look for themselves where the question to the roster that they share fails', async () => {
    const watched = await watchAll(async () => {
      throw new Error('The database is away.')
    })
    watched.events.publishMany(ids)
    await expect.poll(() => watched.looks().length).toBe(200)
    expect(watched.warnings).toHaveLength(2)
    expect(watched.events.size).toBe(100)
    watched.events.close()
  })

  test('a stream of a session that was called alone looks for itself', async () => {
    const overAmong = vi.fn<OverAmong>()
    const watched = await watchAll(overAmong)
    watched.events.publishMany(ids.slice(0, 1))
    await expect.poll(() => watched.looks().length).toBe(101)
    expect(overAmong).not.toHaveBeenCalled()
    watched.events.close()
  })
})

describe('the bounds', () => {
  test('one session has ten streams at most, and room for another as soon as one ends', async () => {
    const { events } = createEvents()
    const streams = Array.from({ length: 10 }, () => watch(events))
    expect(() => watch(events)).toThrow(TooManyStreams)
    watch(events, createSubject(), id('b'))
    await streams[0]!.return()
    watch(events)
    expect(events.size).toBe(11)
  })

  test('one process has two thousand streams at most', () => {
    const { events } = createEvents()
    for (let at = 0; at < 2000; at++) watch(events, createSubject(), id(`s${at}x`))
    expect(() => watch(events, createSubject(), id('one'))).toThrow(TooManyStreams)
    events.close()
    expect(events.size).toBe(0)
  })

  test('sixteen streams look at once, however many are called', async () => {
    const { events } = createEvents()
    let [looking, most, looks] = [0, 0, 0]
    const look = async () => {
      most = Math.max(most, ++looking)
      await sleep(2)
      looking--
      return { event: ++looks, endsIn: null }
    }
    const streams = Array.from({ length: 100 }, (_, at) => events.subscribe(id(`s${at}x`), look))
    await Promise.all(streams.map((stream) => stream.next()))
    expect({ most, looks }).toEqual({ most: 16, looks: 100 })
  })

  test('a recheck calls a thousand streams in small steps, and further rechecks meanwhile add one round in all', async () => {
    // So long that none of a thousand first intervals, which chance cuts short, ends in between.
    const { events } = createEvents({ recheckInterval: 2_000_000 })
    let [looking, most, looks] = [0, 0, 0]
    const look = async () => {
      most = Math.max(most, ++looking)
      looks++
      await sleep(1)
      looking--
      return { event: null, endsIn: Infinity }
    }
    for (let at = 0; at < 1000; at++) void events.subscribe(id(`s${at}x`), look).next()
    await expect.poll(() => [looks, looking]).toEqual([1000, 0])
    events.recheck()
    events.recheck()
    events.recheck()
    await Promise.resolve()
    expect(looks).toBeLessThanOrEqual(1020)
    await expect.poll(() => [looks, looking], { timeout: 20_000 }).toEqual([3000, 0])
    expect(most).toBe(16)
    events.close()
  })

  test('streams that begin together spread their later looks over the interval', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const { events } = createEvents({ recheckInterval: 10 })
      let looks = 0
      const look = async () => {
        looks++
        return { event: null, endsIn: Infinity }
      }
      for (let at = 0; at < 1000; at++) void events.subscribe(id(`s${at}x`), look).next()
      await vi.advanceTimersByTimeAsync(0)
      const each: number[] = []
      for (let second = 0; second < 20; second++) {
        const before = looks
        await vi.advanceTimersByTimeAsync(1000)
        each.push(looks - before)
      }
      // A hundred a second, by chance some more or fewer.
      expect(Math.max(...each)).toBeLessThan(200)
      expect(each.reduce((sum, count) => sum + count, 0)).toBe(2000)
      events.close()
    } finally {
      vi.useRealTimers()
    }
  })
})
