import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Bus, Siblings } from '../../src/bus/bus.ts'
import { createBus } from '../../src/bus/create.ts'
import { readMessage } from '../../src/bus/message.ts'
import { openRedisLine } from '../../src/bus/redis-line.ts'
import { siblingsWire } from '../../src/bus/siblings-wire.ts'
import { createTeller } from '../../src/bus/teller.ts'
import { WireForbidden } from '../../src/bus/wire.ts'
import type { Ear, Wire } from '../../src/bus/wire.ts'
import { idOf } from '../../src/session/key.ts'
import type { SessionId, SessionKey } from '../../src/session/key.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

const idsOf = (count: number) =>
  Array.from({ length: count }, (_, at) => idOf(`key ${at}` as SessionKey))

const buses: Bus[] = []
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.close()))
})

/** A bus over `wires`, and what it told the streams of its process. */
function open(wires: readonly Wire[]) {
  const told: SessionId[] = []
  const log: string[] = []
  const publishMany = (ids: readonly SessionId[]) => void told.push(...ids)
  const streams = { publishMany, recheck: vi.fn() }
  const bus = createBus({
    wires,
    streams,
    recheckInterval: 15,
    watchesFile: false,
    now: Date.now,
    log: { warn: (_details, message) => void log.push(message) },
    beatEvery: 50,
    retryEvery: 100,
  })
  buses.push(bus)
  return { bus, told, log, recheck: streams.recheck }
}

/** A wire between the buses of a test, which can be cut. */
function createWire() {
  const ears = new Set<Ear>()
  const wire = {
    kind: 'redis' as const,
    name: 'The wire of the test',
    echoes: true,
    reachesAll: true,
    isCut: false,
    isMute: false,
    /** What becomes of the next message that carries ids; null: it is sent. */
    held: null as Promise<void> | null,
    isHolding: false,
    lose: (error: Error) => ears.forEach((ear) => ear.lost(error)),
    opened: 0,
    sent: [] as string[],
    say: (text: unknown) => ears.forEach((ear) => ear.hear(text)),
    async open(ear: Ear | null, signal: AbortSignal) {
      if (wire.isCut) throw new Error('The wire is cut.')
      if (ear) ears.add(ear)
      wire.opened++
      signal.addEventListener('abort', () => ear && ears.delete(ear))
      return {
        async send(texts: readonly string[]) {
          if (wire.isCut) throw new Error('The wire is cut.')
          const { held } = wire
          if (held && texts.some((text) => / s /.test(text))) {
            wire.held = null
            wire.isHolding = true
            return held
          }
          wire.sent.push(...texts)
          if (!wire.isMute) texts.forEach(wire.say)
        },
      }
    },
  }
  return wire
}

const isUp = ({ bus }: { readonly bus: Bus }) => vi.waitUntil(() => bus.state.isUp, 60_000)

describe('a bus', () => {
  test('a bus tells the streams of other processes, and not those of its own', async () => {
    const wire = createWire()
    const [here, there] = [open([wire]), open([wire])]
    await Promise.all([isUp(here), isUp(there)])
    const ids = idsOf(3)
    here.bus.publish(ids)
    await vi.waitFor(() => expect(there.told).toEqual(ids), 60_000)
    here.bus.publishAll()
    await vi.waitFor(() => expect(there.recheck).toHaveBeenCalledTimes(2), 60_000) // the first when it was up
    expect(here.told).toEqual([])
    expect(here.recheck).toHaveBeenCalledTimes(1)
  })

  test('a bus tells of ten thousand ends in batches of four hundred by fewer than a hundred messages', async () => {
    const wire = createWire()
    const [here, there] = [open([wire]), open([wire])]
    await Promise.all([isUp(here), isUp(there)])
    const ids = idsOf(10_000)
    for (let at = 0; at < ids.length; at += 400) {
      for (const id of ids.slice(at, at + 400)) here.bus.publish([id])
      await new Promise((done) => setTimeout(done, 1))
    }
    const isAll = () => there.recheck.mock.calls.length > 1
    await vi.waitUntil(() => there.told.length === ids.length || isAll(), 60_000)
    expect(wire.sent.filter((text) => / [as]( |$)/.test(text)).length).toBeLessThan(100)
  })

  test('what a bus has to tell while its line is cut is sent when it carries again, and streams look for what was missed', async () => {
    const wire = createWire()
    const [here, there] = [open([wire]), open([wire])]
    await Promise.all([isUp(here), isUp(there)])
    wire.isCut = true
    const ids = idsOf(2)
    here.bus.publish(ids.slice(0, 1))
    await vi.waitUntil(() => !here.bus.state.isUp && !there.bus.state.isUp, 60_000)
    here.bus.publish(ids.slice(1))
    wire.isCut = false
    const sent = () =>
      wire.sent.map(readMessage).flatMap((message) => (message?.kind === 'ids' ? message.ids : []))
    await vi.waitFor(() => expect(sent().sort()).toEqual([...ids].sort()), 60_000)
    await isUp(there)
    expect(there.recheck).toHaveBeenCalledTimes(2)
  })

  test('a bus sends a message that fails late, on a line that another has replaced, by the new line, and keeps that', async () => {
    const wire = createWire()
    const here = open([wire])
    await isUp(here)
    let fail = (_error: Error) => {}
    wire.held = new Promise((_, reject) => (fail = reject))
    const ids = idsOf(2)
    here.bus.publish(ids)
    await vi.waitUntil(() => wire.isHolding, 60_000)
    wire.lose(new Error('The line is lost.'))
    await vi.waitUntil(() => wire.opened === 2, 60_000)
    await isUp(here)
    fail(new Error('The old line gives up.'))
    const sent = () =>
      wire.sent.map(readMessage).flatMap((message) => (message?.kind === 'ids' ? message.ids : []))
    await vi.waitFor(() => expect(sent()).toEqual(ids), 60_000)
    expect([here.bus.state.isUp, wire.opened]).toEqual([true, 2])
  })

  test('a bus does not count a message as dropped that one line failed to send and the next has sent', async () => {
    const wire = createWire()
    const [here, there] = [open([wire]), open([wire])]
    await Promise.all([isUp(here), isUp(there)])
    wire.held = Promise.reject(new Error('The line fails.'))
    const ids = idsOf(3)
    here.bus.publish(ids)
    await vi.waitFor(() => expect(there.told).toEqual(ids), 60_000)
    expect([here.bus.state.dropped, there.bus.state.dropped]).toEqual([0, 0])
  })

  test('a bus ignores text that is no message', async () => {
    const wire = createWire()
    const here = open([wire])
    await isUp(here)
    for (const text of ['', 'x', randomBytes(9000).toString('hex'), null, {}, 7]) wire.say(text)
    expect(here.bus.state).toMatchObject({ isUp: true, dropped: 6 })
    expect(here.recheck).toHaveBeenCalledTimes(1)
  })

  test('a bus whose only wire is forbidden says so in the log, and takes what it is told', async () => {
    const refuse = async () => {
      throw new WireForbidden('Not here.')
    }
    const here = open([{ ...createWire(), open: refuse }])
    await vi.waitUntil(() => here.log.length > 0, 60_000)
    expect(here.log).toEqual([
      'The wire of the test cannot carry the bus: streams see what other processes end within 15 s',
    ])
    here.bus.publish(idsOf(1))
    expect([here.bus.kind, here.bus.state.isUp]).toEqual(['process', false])
  })

  test('a bus that took its second wire goes back to the first once that carries, and so hears the others again', async () => {
    const first = { ...createWire(), kind: 'postgresql' as const }
    const second = createWire()
    let isForbidden = true
    const slow: Wire = {
      ...first,
      async open(ear, signal) {
        if (isForbidden) throw new WireForbidden('Not now.')
        return first.open(ear, signal)
      },
    }
    const [here, there] = [open([slow, second]), open([first])]
    await Promise.all([isUp(here), isUp(there)])
    expect(here.bus.kind).toBe('redis')
    isForbidden = false
    await vi.waitUntil(() => here.bus.kind === 'postgresql' && here.bus.state.isUp, 60_000)
    there.bus.publish(idsOf(1))
    await vi.waitFor(() => expect(here.told).toEqual(idsOf(1)), 60_000)
    here.bus.publish(idsOf(2).slice(1))
    await vi.waitFor(() => expect(there.told).toEqual(idsOf(2).slice(1)), 60_000)
  })
})

// They wait for seconds and do little, so they wait beside each other.
describe.concurrent('a bus whose wires fail', () => {
  test.each<
    [
      string,
      (wire: ReturnType<typeof createWire>) => void,
      (wire: ReturnType<typeof createWire>) => void,
    ]
  >([
    ['stays silent', (wire) => (wire.isMute = true), (wire) => (wire.isMute = false)],
    ['refuses its lines', (wire) => (wire.isCut = true), (wire) => (wire.isCut = false)],
  ])(
    'a bus whose wire has carried and then %s takes the next wire that carries, and goes back once the first carries again',
    async (_what, breakIt, mendIt) => {
      const [wire, other] = [createWire(), createWire()]
      const first = { ...wire, kind: 'postgresql' as const }
      const [here, there] = [open([first, other]), open([first, other])]
      await Promise.all([isUp(here), isUp(there)])
      breakIt(wire)
      const areOn = (kind: string) =>
        vi.waitUntil(
          () => [here, there].every(({ bus }) => bus.kind === kind && bus.state.isUp),
          60_000,
        )
      await areOn('redis')
      here.bus.publish(idsOf(1))
      await vi.waitFor(() => expect(there.told).toEqual(idsOf(1)), 60_000)
      expect(here.log.at(-1)).toMatch(
        /cannot carry the bus: The wire of the test carries it instead$/,
      )
      mendIt(wire)
      await areOn('postgresql')
    },
  )

  test('a bus waits for a wire whose server answers nothing at all, and takes the next wire once it answers all but the bus', async () => {
    const [wire, other] = [createWire(), createWire()]
    const asked = vi.fn(async () => {
      if (asked.mock.calls.length < 4) throw new Error('The server is away.')
    })
    const here = open([{ ...wire, kind: 'postgresql' as const, answers: asked }, other])
    await isUp(here)
    wire.isCut = true
    const whenOpened: number[] = []
    const { open: openOther } = other
    other.open = async (ear, signal) => {
      whenOpened.push(asked.mock.calls.length)
      return openOther(ear, signal)
    }
    await vi.waitUntil(() => here.bus.kind === 'redis' && here.bus.state.isUp, 60_000)
    expect(new Set(whenOpened)).toEqual(new Set([4]))
  })

  test('a bus stays on its wire while that fails and no other carries', async () => {
    const [wire, other] = [createWire(), createWire()]
    const asked = vi.fn(async () => undefined)
    const here = open([{ ...wire, kind: 'postgresql' as const, answers: asked }, other])
    await isUp(here)
    wire.isCut = other.isCut = true
    await vi.waitUntil(() => asked.mock.calls.length === 3, 60_000)
    expect([here.bus.kind, here.bus.state.isUp]).toEqual(['postgresql', false])
    wire.isCut = false
    await isUp(here)
    expect(here.bus.kind).toBe('postgresql')
  })

  test('a bus that breaks again and again says so at the fifth time, and no more at the next ones', async () => {
    const wire = createWire()
    const here = open([wire])
    await isUp(here)
    const breakOff = async () => {
      const before = here.recheck.mock.calls.length
      wire.lose(new Error('The server closes what is idle.'))
      await vi.waitUntil(() => here.recheck.mock.calls.length > before, 60_000)
    }
    for (let time = 0; time < 4; time++) await breakOff()
    expect(here.log).toEqual([])
    for (let time = 0; time < 3; time++) await breakOff()
    expect(here.log).toEqual([expect.stringMatching(/^The bus has broken 5 times within \d+ s/)])
  })

  test('a bus whose only wire seemed forbidden, because its server was slow, is up once the wire carries', async () => {
    const wire = createWire()
    wire.isMute = true
    const here = open([wire])
    await vi.waitUntil(() => here.log.length > 0, 60_000)
    expect(here.bus.kind).toBe('process')
    wire.isMute = false
    await isUp(here)
    expect(here.bus.kind).toBe('redis')
    expect(here.log).toEqual([
      expect.stringContaining('cannot carry the bus'),
      expect.stringContaining('The bus is back after'),
    ])
    expect(here.recheck).toHaveBeenCalledTimes(1)
  })

  test('a bus says that it is down while the wire to which it goes back falls silent, and its streams look once it is up on the other', async () => {
    const [first, second] = [createWire(), createWire()]
    let opened = 0
    const fickle: Wire = {
      ...first,
      kind: 'postgresql',
      async open(ear, signal) {
        if (++opened === 1) throw new WireForbidden('Not now.')
        first.isMute = opened > 2 // it carries in the trial, and no more
        return first.open(ear, signal)
      },
    }
    const here = open([fickle, second])
    await isUp(here)
    await vi.waitUntil(() => opened >= 3, 60_000)
    expect(here.bus.state.isUp).toBe(false)
    await vi.waitUntil(() => opened >= 4, 60_000)
    expect(here.bus.state.isUp).toBe(false)
    await isUp(here)
    expect(here.bus.kind).toBe('redis')
    expect(here.recheck).toHaveBeenCalledTimes(2)
    expect(here.log).toHaveLength(1)
  })

  test('a bus goes back to the wire that carries again, and not by one that does not', async () => {
    const opened: string[] = []
    const named = (name: string, forbidden: number): Wire => {
      const wire = createWire()
      return {
        ...wire,
        async open(ear, signal) {
          opened.push(name)
          if (opened.filter((each) => each === name).length <= forbidden)
            throw new WireForbidden('Not now.')
          return wire.open(ear, signal)
        },
      }
    }
    const here = open([named('first', Infinity), named('second', 1), named('third', 0)])
    await vi.waitUntil(() => opened.filter((name) => name === 'second').length >= 3, 60_000)
    // At the start, in the trials, and in the change that follows.
    expect(opened.slice(0, 6)).toEqual(['first', 'second', 'third', 'first', 'second', 'second'])
    await isUp(here)
  })

  test('a bus on its second wire keeps that line where a slow heartbeat comes back during a trial of the first wire', async () => {
    const [first, second] = [createWire(), createWire()]
    first.isMute = true
    let isForbidden = true
    const silent: Wire = {
      ...first,
      async open(ear, signal) {
        if (!isForbidden) return first.open(ear, signal)
        isForbidden = false
        throw new WireForbidden('Not now.')
      },
    }
    const slow: Wire = {
      ...second,
      async open(ear, signal) {
        const line = await second.open(ear, signal)
        if (second.opened > 1) return line
        return {
          async send(texts) {
            second.sent.push(...texts)
            // All but the heartbeat that opens the line are on their way until a trial has sent its own.
            if (second.sent.length > 1) await vi.waitUntil(() => first.sent.length > 0, 60_000)
            texts.forEach(second.say)
          },
        }
      },
    }
    const here = open([silent, slow])
    await vi.waitUntil(() => first.opened === 2, 60_000) // the first trial has been given up
    expect(second.opened).toBe(1)
    expect(here.bus).toMatchObject({ kind: 'redis', state: { isUp: true } })
  })
})

const redisWire = (url: string): Wire => ({
  kind: 'redis',
  name: 'Redis',
  echoes: true,
  reachesAll: true,
  open: (ear, signal) => openRedisLine(url, 'coatcheck:test', ear, signal),
})

test.skipIf(redisProgram === null)(
  'a bus lets go of a Redis that hangs, and is back once Redis answers',
  async () => {
    const redis = await startRedis()
    const wire = redisWire(redis.url)
    const [here, there] = [open([wire]), open([wire])]
    await Promise.all([isUp(here), isUp(there)])
    redis.pause()
    await vi.waitUntil(() => !there.bus.state.isUp, 60_000)
    redis.resume()
    await Promise.all([isUp(here), isUp(there)])
    expect(there.recheck).toHaveBeenCalledTimes(2)
    here.bus.publish(idsOf(1))
    await vi.waitFor(() => expect(there.told).toEqual(idsOf(1)), 60_000)
    await redis.stop()
  },
)

/** A parent that hands messages on between the processes that a test gives it, and their ears in the order of hearing. */
function createParent() {
  interface Hearing {
    listener?: Parameters<Siblings['hear']>[1]
    whenLost?: Parameters<Siblings['hear']>[2]
  }
  const ears: Hearing[] = []
  const sibling = (): Siblings => {
    const own: Hearing = {}
    return {
      tell(subject, message) {
        expect(subject).toBe('sessions')
        for (const ear of ears) if (ear !== own) ear.listener?.(structuredClone(message))
      },
      hear(_subject, listener, whenLost) {
        ears.push(Object.assign(own, { listener, whenLost }))
      },
      ask: async () => [true],
      answer: () => {},
    }
  }
  return { sibling, ears }
}

test('a command counts as dropped only the messages that none of its wires took', async () => {
  const [closed, whole] = [createWire(), createWire()]
  closed.isCut = true
  const told = async (wires: readonly Wire[]) => {
    const teller = createTeller(wires, Date.now)
    teller.publish(idsOf(200)) // two messages
    await teller.close()
    return teller.state.dropped
  }
  expect(await told([closed, whole])).toBe(0)
  expect(whole.sent).toHaveLength(2)
  expect(await told([closed])).toBe(2)
})

test.skipIf(redisProgram === null)(
  'a command counts as dropped what it has to tell where its Redis follows another, which hears none of it',
  async () => {
    const [master, replica] = await Promise.all([startRedis(), startRedis()])
    await replica.send('REPLICAOF', '127.0.0.1', `${master.port}`)
    const teller = createTeller([redisWire(replica.url)], Date.now)
    teller.publish(idsOf(1))
    await vi.waitUntil(() => teller.state.dropped === 1, 60_000)
    await teller.close()
    await Promise.all([replica.stop(), master.stop()])
  },
)

test('a command tells the processes on one wire all it has to tell, while another wire takes nothing and answers nothing', async () => {
  const [still, whole] = [createWire(), createWire()]
  const silent: Wire = {
    ...still,
    open: async () => ({ send: () => new Promise<never>(() => {}) }),
  }
  const teller = createTeller([whole, silent], Date.now)
  const told = () =>
    whole.sent.flatMap((text) => {
      const message = readMessage(text)
      return message?.kind === 'ids' ? message.ids : []
    })
  teller.publish(idsOf(3).slice(0, 1))
  await vi.waitFor(() => expect(told()).toHaveLength(1), 60_000)
  teller.publish(idsOf(3).slice(1))
  await vi.waitFor(() => expect(told()).toEqual(idsOf(3)), 60_000)
  await teller.close()
})

test('processes of one parent tell each other through it, and their streams look where it dropped messages', async () => {
  const { sibling, ears } = createParent()
  const [here, there] = [
    open([siblingsWire(sibling(), true)]),
    open([siblingsWire(sibling(), true)]),
  ]
  await Promise.all([isUp(here), isUp(there)])
  expect(there.bus.kind).toBe('processes')
  await vi.waitFor(() => expect(there.bus.state.lag).toBeGreaterThanOrEqual(0), 60_000)
  here.bus.publish(idsOf(2))
  await vi.waitFor(() => expect(there.told).toEqual(idsOf(2)), 60_000)
  expect(here.told).toEqual([])
  ears[1]?.whenLost?.()
  await vi.waitFor(() => expect(there.recheck).toHaveBeenCalledTimes(2), 60_000)
})

test('a bus that reaches only the processes of one parent tells them, and says that it is down', async () => {
  const { sibling } = createParent()
  const forbidden: Wire = {
    ...createWire(),
    name: 'The wire to all',
    open: async () => Promise.reject(new WireForbidden('A pooler forbids it.')),
  }
  const wires = () => [forbidden, siblingsWire(sibling(), false)]
  const [here, there] = [open(wires()), open(wires())]
  for (const { bus, recheck } of [here, there]) {
    await vi.waitFor(() => expect(recheck).toHaveBeenCalled(), 60_000)
    expect(bus).toMatchObject({ kind: 'processes', state: { isUp: false } })
  }
  here.bus.publish(idsOf(2))
  await vi.waitFor(() => expect(there.told).toEqual(idsOf(2)), 60_000)
  expect(here.log).toEqual([
    'The wire to all cannot carry the bus: The parent process carries it between the workers of this server only, and streams see what other processes end within 15 s',
  ])
})
