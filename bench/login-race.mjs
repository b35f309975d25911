import { hash, verify } from '@node-rs/argon2'
import { login, password, startOurs } from './contenders.mjs'
import { post, processorTime } from './load.mjs'

/** Two hashes are computed at a time, here and in the server. More callers than that keep it from waiting for one. */
const hashesAtOnce = 2
const callers = 8
const rounds = 8
const seconds = 1.5

/** More logins than one slice has time for. */
const most = 2000

/** Logins, each from an address of its own, in turns with raw verifications of a hash like theirs. */
export async function raceLogins(settings = {}) {
  const server = await startOurs(settings)
  const own = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  const body = JSON.stringify({ query: login, variables: { username: 'admin', password } })
  let sent = 0
  const visitor = () => ({
    body,
    from: `10.${sent >> 16}.${(sent >> 8) & 255}.${sent++ & 255}`,
  })
  const kinds = [
    {
      row: 'verify of argon2 alone, two at a time (baseline)',
      pid: process.pid,
      slice: () => repeat(() => verify(own, password), hashesAtOnce),
    },
    {
      row: `logins, ${callers} at a time`,
      pid: server.pid,
      slice: () =>
        post(server.url, {
          requests: Array.from({ length: most }, visitor),
          connections: callers,
          seconds,
          isRight: (answer) => answer.includes('LoginSuccess'),
        }),
    },
  ]
  const sums = kinds.map(() => ({ done: 0, time: 0, processor: 0 }))
  for (let round = -1; round < rounds; round++)
    for (const [at, { pid, slice }] of kinds.entries()) {
      const [start, before] = [performance.now(), processorTime(pid)]
      const done = await slice()
      if (round < 0) continue // warms what compiles itself
      sums[at].done += done
      sums[at].time += (performance.now() - start) / 1000
      sums[at].processor += processorTime(pid) - before
    }
  await server.stop()
  const rate = ({ done, time }) => done / time
  return kinds.map(({ row }, at) => ({
    row,
    'a second': Number(rate(sums[at]).toFixed(1)),
    ratio: Number((rate(sums[at]) / rate(sums[0])).toFixed(2)),
    'CPU ms': Number(((sums[at].processor / sums[at].done) * 1000).toFixed(1)),
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
