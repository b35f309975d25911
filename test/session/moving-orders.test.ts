import { expect, test } from 'vitest'
import { createMovingStore } from '../../src/session/moving/moving-store.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import { standingOf } from '../../src/session/moving/move-marks.ts'
import { moveRecord, settle } from '../../src/session/moving/move.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { SessionStoreUnavailable } from '../../src/refusals.ts'
import { createStore as createMemoryStore } from './memory-store.ts'
import { drawn, everyOrder, playSteps } from './orders.ts'
import type { Choose, Stores } from './orders.ts'

const id = idOf(createKey())
/** How many orders are tried where there are too many for all. */
const rounds = 1000
const now = () => 1000
const record: SessionRecord = {
  auth: null,
  data: { count: 0 },
  expiry: null,
  createdAt: 0,
  lastSeenAt: 0,
  expiresAt: 1_000_000,
  absoluteExpiresAt: null,
}

/** What happens to one session while it moves, and what was said of it. */
interface Course {
  /** Writes that were acknowledged. */
  written: number
  /** Has an end of the session begun, and has it been acknowledged? */
  ending: boolean
  ended: boolean
  readonly wrong: string[]
}

type Actor = (stores: Stores, course: Course) => Promise<void>

/** The store of a process before or after the change of engines. */
const early = ({ a, b }: Stores) => createMovingStore({ current: a, previous: b, now })
const late = ({ a, b }: Stores) => createMovingStore({ current: b, previous: a, now })

/** The latter, where the store that sessions leave cannot list: each write moves the session that it finds there. */
const mover = ({ a: { list: _list, ...previous }, b }: Stores) =>
  createMovingStore({ current: b, previous, now })

/** What keeps a process from one of the stores, and whether it knows that already. */
interface Cut {
  readonly order: 'old' | 'new'
  readonly away: keyof Stores
  readonly isKnown: boolean
}

/** A process of either order that cannot reach one store, while those that move sessions reach both. */
const cutOff =
  ({ order, away, isKnown }: Cut) =>
  (stores: Stores) => {
    const fail = async () => {
      throw new SessionStoreUnavailable(new Error('the way is cut'))
    }
    const unreachable: SessionStore = {
      load: fail,
      create: fail,
      save: fail,
      delete: fail,
      clearExpired: fail,
      list: async function* () {},
    }
    const a = away === 'a' ? unreachable : stores.a
    const b = away === 'b' ? unreachable : stores.b
    const isDown = (store: SessionStore) => isKnown && store === unreachable
    const [current, previous] = order === 'old' ? [a, b] : [b, a]
    return createMovingStore({ current, previous, now, isDown })
  }

/** What a process does that may have to answer that a store is away. That says nothing, and acknowledges nothing. */
const unlessAway =
  (actor: Actor): Actor =>
  async (stores, course) => {
    try {
      await actor(stores, course)
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailable)) throw error
    }
  }

const move: Actor = async ({ a, b }) => void (await moveRecord({ from: a, to: b, now }, id))
const back: Actor = ({ a, b }, course) => move({ a: b, b: a }, course)

/** All that `sessions migrate` does with one session: it settles what it finds in the new store too. */
const migrate: Actor = async ({ a: from, b: to }) => {
  await moveRecord({ from, to, now }, id)
  await settle({ from, to, now }, id)
}
const migrateBack: Actor = ({ a, b }, course) => migrate({ a: b, b: a }, course)

const end =
  (open: typeof early): Actor =>
  async (stores, course) => {
    course.ending = true
    await open(stores).delete(id)
    course.ended = true
  }

const write =
  (open: typeof early): Actor =>
  async (stores, course) => {
    const store = open(stores)
    for (let attempt = 0; attempt < 20; attempt++) {
      const isOver = course.ended
      const found = await store.load(id)
      if (found === null) {
        if (!course.ending) course.wrong.push('a writer found nothing')
        return
      }
      if (isOver) course.wrong.push('a writer found what had ended')
      const { version, ...content } = found
      const count = Number(content.data['count']) + 1
      const outcome = await store.save(id, { ...content, data: { count } }, version)
      if (outcome === 'conflict') continue
      if (outcome !== 'gone') course.written++
      else if (!course.ending) course.wrong.push('a writer was told that it is gone')
      return
    }
    course.wrong.push('a writer never had its turn')
  }

const read =
  (open: typeof early): Actor =>
  async (stores, course) => {
    const [least, isOver] = [course.written, course.ended]
    const found = await open(stores).load(id)
    if (found === null && !course.ending) course.wrong.push('a reader found nothing')
    if (found !== null && isOver) course.wrong.push('a reader found what had ended')
    if (found !== null && Number(found.data['count']) < least)
      course.wrong.push('a reader found an old record')
  }

/** Plays actors against each other, each call to a store one step. `choose` says who is next, of so many. */
async function play(actors: readonly Actor[], choose: Choose, kill?: number) {
  const course: Course = { written: 0, ending: false, ended: false, wrong: [] }
  const plain = { a: createMemoryStore(), b: createMemoryStore() }
  await plain.a.create(id, record)
  const each = actors.map((actor) => (stores: Stores) => actor(stores, course))
  course.wrong.push(...(await playSteps(each, plain, choose, kill)))
  await judge(plain, course)
  return course.wrong
}

/** What is left must be what was acknowledged, for both kinds of process, and once the move was begun again and finished. */
async function judge(stores: Stores, course: Course): Promise<void> {
  const { ending, ended, written, wrong } = course
  for (const open of [early, late]) {
    const found = await open(stores).load(id)
    if (ended && found !== null) wrong.push('it came back')
    if (!ending && found?.data['count'] !== written) wrong.push('an update is lost')
  }
  for (const [finish, from, to] of [
    [migrate, stores.a, stores.b],
    [migrateBack, stores.b, stores.a],
  ] as const) {
    await finish(stores, course)
    if ((await from.load(id)) !== null) wrong.push('something stayed behind')
    const arrived = await to.load(id)
    if (arrived !== null && standingOf(arrived) !== 'kept') wrong.push('it is half way')
    if (!ending && arrived?.data['count'] !== written) wrong.push('it did not arrive')
    if (ended && arrived !== null) wrong.push('it arrived after its end')
  }
}

const cuts: Cut[] = (['old', 'new'] as const).flatMap((order) =>
  (['a', 'b'] as const).flatMap((away) =>
    [true, false].map((isKnown) => ({ order, away, isKnown })),
  ),
)

const playAll = (actors: readonly Actor[], kill?: number) =>
  everyOrder((choose) => play(actors, choose, kill))

const others: [string, Actor][] = [
  ['an end by a process of the old order', end(early)],
  ['an end by a process of the new order', end(late)],
  ['a write by a process of the old order', write(early)],
  ['a write by a process of the new order', write(late)],
  ['a read by a process of the old order', read(early)],
  ['a read by a process of the new order', read(late)],
  ['another move', move],
]

test.each(others)(
  'a move of a session against %s keeps every promise in every order of their calls',
  async (_what, other) => {
    expect(await playAll([move, other])).toBeGreaterThan(10)
  },
)

test.each(others)(
  'a move of a session that is killed after any of its calls keeps every promise against %s',
  async (_what, other) => {
    for (let calls = 0; calls < 7; calls++) await playAll([move, other], calls)
  },
)

test.each(others)(
  'a write that moves its session keeps every promise against %s in every order of their calls, killed after any of them or not',
  async (_what, other) => {
    for (const kill of [undefined, ...Array(10).keys()]) await playAll([write(mover), other], kill)
  },
)

test.each<[string, Actor[]]>([
  ['two moves, a write, a read and an end', [move, write(late), read(early), end(late), move]],
  [
    'two moves, two writes and an end by an old process',
    [move, write(late), write(early), end(early), move],
  ],
  ['a move, a move back, a write and a read', [move, back, write(late), read(early)]],
  ['two writes that move', [write(mover), write(mover)]],
  ['a move that settles what it finds, and such a move back', [migrate, migrateBack]],
  ['two moves, a move back and a write', [move, back, move, write(late)]],
  [
    'all that two moves and a move back do, a write and an end',
    [migrate, migrateBack, migrate, write(early), end(late)],
  ],
  [
    'two writes that move, one that does not, a move back and an end',
    [write(mover), write(mover), write(early), back, end(late)],
  ],
  ['a move, a move back, a write and an end', [move, back, write(early), end(late)]],
])(
  '%s of one session keep every promise in a thousand orders of their calls',
  async (_what, actors) => {
    const random = drawn(1)
    for (let round = 0; round < rounds; round++) {
      const wrong = await play(actors, random, random(9))
      expect([round, wrong]).toEqual([round, []])
    }
  },
)

test.each(cuts)(
  'a process of the $order order that is cut off from store $away (known: $isKnown) brings back nothing, shows nothing old and loses no write, in every order of its calls and those of a move',
  async (cut) => {
    for (const act of [end, write, read]) {
      const other = unlessAway(act(cutOff(cut)))
      for (const moving of [move, migrateBack])
        for (const kill of [undefined, ...Array(7).keys()]) {
          await playAll([moving, other], kill)
          await playAll([other, moving], kill)
        }
    }
  },
)

test.each(cuts)(
  'an end, a write and a read by processes of the $order order that are cut off from store $away (known: $isKnown), a move, a move back, and a write and an end by others keep every promise in a thousand orders of their calls',
  async (cut) => {
    const random = drawn(1)
    const alone = [write, read, end].map((act) => unlessAway(act(cutOff(cut))))
    for (let round = 0; round < rounds; round++) {
      const others = [write(early), end(late), write(mover)].slice(0, random(4))
      const wrong = await play(
        [migrate, ...alone.slice(0, 1 + random(3)), ...others, back],
        random,
        random(9),
      )
      expect([round, wrong]).toEqual([round, []])
    }
  },
)

test('some order of its calls shows that a reader which looks into each store once loses sight of a session that moves', async () => {
  const careless: Actor = async ({ a, b }, course) => {
    const found = (await b.load(id)) ?? (await a.load(id))
    if (found === null || found.data['count'] === undefined) course.wrong.push('nothing')
  }
  await expect(playAll([move, careless])).rejects.toThrow('nothing')
})
