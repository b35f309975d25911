import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchFile } from '../../src/bus/file-watch.ts'
import type { SessionId } from '../../src/session/key.ts'

const [ada, ben] = ['a', 'b'].map((letter) => letter.repeat(64) as SessionId) as [
  SessionId,
  SessionId,
]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A watch with two streams, over a file whose number and rows the test writes. */
function open({ isWrittenAfter = false, missesGuests = false } = {}) {
  const file = {
    version: 1,
    isAway: false,
    asked: 0,
    looks: 0,
    rows: new Map([[ada, 'row of ada']]),
  }
  const streams = { open: [ada, ben], called: [] as SessionId[][], calledInTurn: [] as SessionId[] }
  const watch = watchFile({
    version() {
      file.looks++
      return file.version
    },
    streams: {
      ids: () => streams.open,
      publish: (id) => void streams.calledInTurn.push(id),
      publishMany: (ids) => void (ids.length > 0 && streams.called.push([...ids])),
    },
    async statesOf(ids) {
      file.asked++
      if (file.isAway) throw new Error('The file is locked.')
      return new Map([...file.rows].filter(([id]) => ids.includes(id)))
    },
    isWrittenAfter,
    missesGuests: () => missesGuests,
  })
  watch.begin()
  return { file, streams, watch }
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** Another program has committed: the watch asks, and has seen both rows after that. */
async function settle({ file, streams }: ReturnType<typeof open>): Promise<void> {
  file.version++
  await pass(2_000)
  streams.called.length = file.asked = 0
}

test('the watch of the SQLite file does nothing without streams, and asks nothing while no other program commits', async () => {
  const { file, streams, watch } = open()
  await pass(2_000)
  expect([file.looks > 5, file.asked]).toEqual([true, 0])
  streams.open = []
  await pass(400)
  expect(vi.getTimerCount()).toBe(0)
  streams.open = [ada]
  watch.begin()
  watch.begin()
  expect(vi.getTimerCount()).toBe(1)
})

test('the watch of the SQLite file calls only the streams whose rows changed, came or went', async () => {
  const scene = open()
  const { file, streams } = scene
  await settle(scene)
  file.version++
  file.rows.set(ben, 'last word of ben')
  await pass(1_000)
  file.version++
  file.rows.delete(ada)
  await pass(1_000)
  file.version++ // of sessions without a stream
  await pass(1_000)
  expect(streams.called).toEqual([[ben], [ada]])
})

test('the watch of the SQLite file calls a newly opened stream once, because it does not know what that has seen', async () => {
  const scene = open()
  const { file, streams } = scene
  streams.open = [ada]
  await settle(scene)
  streams.open = [ada, ben]
  await pass(1_000)
  expect(streams.called).toEqual([])
  for (let n = 0; n < 3; n++) {
    file.version++
    await pass(1_000)
  }
  expect(streams.called).toEqual([[ben]])
})

test('while other programs write without a pause, the watch of the SQLite file reads rows at most twice a second', async () => {
  const scene = open()
  await settle(scene)
  for (let n = 0; n < 100; n++) {
    scene.file.version++
    await pass(100)
  }
  expect(scene.file.asked).toBeLessThanOrEqual(20)
  expect(scene.streams.called).toEqual([])
})

test('the watch of the SQLite file repeats a question that failed, even if no program commits again', async () => {
  const scene = open()
  const { file, streams } = scene
  await settle(scene)
  file.isAway = true
  file.version++
  file.rows.set(ada, 'another row of ada')
  await pass(2_000)
  expect(streams.called).toEqual([])
  file.isAway = false
  await pass(1_000)
  expect(streams.called).toEqual([[ada]])
})

test('where records are not in rows, the watch of the SQLite file calls a stream once more, since the record may follow the row', async () => {
  const scene = open({ isWrittenAfter: true })
  const { file, streams } = scene
  await settle(scene)
  file.version++
  file.rows.set(ada, 'another row of ada')
  await pass(3_000)
  expect(streams.called).toEqual([[ada], [ada]])
})

test('where another program can change a guest’s session and send no message, the watch of the SQLite file calls the streams of sessions without a row in turn, a hundred a second', async () => {
  const guests = Array.from({ length: 99 }, (_, at) => `${at}`.padStart(64, '0') as SessionId)
  const scene = open({ missesGuests: true })
  const { streams } = scene
  streams.open = [ada, ...guests]
  await settle(scene)
  streams.calledInTurn.length = 0
  await pass(1_000)
  expect(streams.calledInTurn.toSorted()).toEqual(guests)
})

test('where every program that changes a guest’s session sends a message, the watch of the SQLite file calls no stream in turn', async () => {
  const scene = open()
  await settle(scene)
  await pass(1_000)
  expect(scene.streams.calledInTurn).toEqual([])
})
