import { hash, verify } from '@node-rs/argon2'
import { login, password, startOurs } from './contenders.mjs'
import { median, post, processorTime } from './load.mjs'

/** More callers than hashes at a time keep the server from waiting for one. */
const callers = 8
const rounds = 12
const seconds = 3

/** So many logins first: a way of which V8 has compiled all takes half the time of a new one, and logins are rare. */
const warmth = 4000

/** More logins than one slice has time for. */
const most = 600

/**
 * Logins, each from an address of its own, in turns with raw verifications of a hash like theirs. Two hashes are computed at
 * a time, here and in the server: on two processors they take all, and whatever else a login does takes from them. Then
 * one is, so that a processor is left for the rest.
 */
export async function raceLogins() {
  return [
    ...(await raceWith(2, {})),
    ...(await raceWith(1, { UV_THREADPOOL_SIZE: '1' })), // the threads that compute hashes
  ]
}

async function raceWith(hashesAtOnce, settings) {
  const server = await startOurs(settings)
  const own = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  const body = JSON.stringify({ query: login, variables: { username: 'admin', password } })
  let sent = 0
  const visitor = () => ({
    body,
    from: `10.${sent >> 16}.${(sent >> 8) & 255}.${sent++ & 255}`,
  })
  const logins = (time) =>
    post(server.url, {
      requests: Array.from({ length: most }, visitor),
      connections: callers,
      seconds: time,
      isRight: (answer) => answer.includes('LoginSuccess'),
    })
  const kinds = [
    {
      row: `verify of argon2 alone, ${hashesAtOnce} at a time (baseline)`,
      pid: process.pid,
      slice: () => repeat(() => verify(own, password), hashesAtOnce),
      slices: [],
    },
    {
      row: `logins of ${callers} callers`,
      pid: server.pid,
      slice: () => logins(seconds),
      slices: [],
    },
  ]
  for (let warm = 0; warm < warmth;) warm += await logins(seconds)
  for (let round = 0; round < rounds; round++)
    for (const { pid, slice, slices } of kinds) {
      const [start, before] = [performance.now(), processorTime(pid)]
      const done = await slice()
      const time = (performance.now() - start) / 1000
      slices.push({ rate: done / time, spent: (processorTime(pid) - before) / done })
    }
  await server.stop()
  const rate = ({ slices }) => median(slices.map((slice) => slice.rate))
  return kinds.map((kind) => ({
    row: kind.row,
    'a second': Number(rate(kind).toFixed(1)),
    ratio: Number((rate(kind) / rate(kinds[0])).toFixed(2)),
    'CPU ms': Number((median(kind.slices.map(({ spent }) => spent)) * 1000).toFixed(1)),
  }))
}

/** How often `work` is done, so many at a time, in one slice. */
async function repeat(work, atOnce) {
  const end = performance.now() + seconds * 1000
  let done = 0
  const one = async () => {
    while (performance.now() < end) {
      await work()
      done++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return done
}
