import { openApp } from '../dist/app.js'
import { readConfig } from '../dist/config/config.js'
import { openLog } from '../dist/commands/log.js'
import { createUser } from '../dist/auth/users/new-user.js'
import { startProcess } from './process.mjs'
import { secondsOf } from './processor.mjs'
import { questionsFor } from './scale-asking.mjs'
import { plantExpired } from './scale-fill.mjs'
import { folder, pidsOf, placeOf, removePlaces } from './scale-places.mjs'
import { taken } from './scale-taking.mjs'
import { quantile } from './setting.mjs'

export const title =
  'What a session costs among many: `-- scale postgresql,10000000` fills that many, beside a thousand'

const engines = ['sqlite', 'postgresql', 'redis']

/** What is measured where nothing is named. */
const all = [
  ['sqlite', 1_000_000],
  ['postgresql', 10_000_000],
  ['redis', 10_000_000],
]

/**
 * The engines and the sizes that are named, each beside a thousand: a hundred thousand, where no size is. With the word `fill`
 * they are filled and not measured; with `remove` what was filled goes. With `ask`, `load`, `bulk` or `clear` that part is measured alone.
 */
export async function measure(words) {
  const sizes = words.filter((word) => /^\d+$/.test(word)).map(Number)
  const named = engines.filter((engine) => words.includes(engine))
  const wanted =
    named.length === 0 && sizes.length === 0
      ? all
      : (named.length > 0 ? named : engines).flatMap((engine) =>
          (sizes.length > 0 ? sizes : [100_000]).map((size) => [engine, size]),
        )
  const figures = {}
  for (const [engine, size] of wanted) {
    const both = [1000, size]
    if (words.includes('remove')) await removePlaces(both.map((each) => `${engine}-${each}`))
    else {
      const places = []
      for (const each of both) places.push(await placeOf(engine, each))
      if (words.includes('fill')) figures[`${engine}, ${size}`] = `is in ${folder}`
      else figures[`${engine}, in ms: median, 99 of 100`] = await beside(places, words)
    }
  }
  return figures
}

/** Both places are asked in turns, so that whatever else the machine does is shared by both. */
async function beside(places, words) {
  const isWanted = (part) =>
    !['ask', 'load', 'bulk', 'clear'].some((word) => words.includes(word)) || words.includes(part)
  const run = Math.floor(Date.now() / 60_000) % 200
  const servers = []
  for (const place of places) servers.push(await open(place, run))
  const rows = []
  const row = async (what, figureOf) => {
    const figures = []
    for (const server of servers) figures.push(await figureOf(server))
    rows.push({
      what,
      ...Object.fromEntries(
        places.map(({ size }, at) => [size.toLocaleString('en'), String(figures[at])]),
      ),
    })
  }
  const timed = async (what, times, name) => {
    const took = servers.map(() => [])
    for (let time = 0; time < times; time++)
      for (const [at, { questions }] of servers.entries()) {
        const start = performance.now()
        await questions[name](time)
        took[at].push(performance.now() - start)
      }
    const figures = took.map(
      (all) => `${quantile(all, 0.5).toFixed(1)}, ${quantile(all, 0.99).toFixed(0)}`,
    )
    await row(`${what} (${times} times)`, ({ at }) => figures[at])
  }
  /** What one process does a second, and what that costs it and its database and cache. */
  const many = async (what, connections) => {
    const sums = servers.map(() => ({ answered: 0, own: 0, others: 0 }))
    for (const { questions } of servers) await questions.many[what](connections, 2) // until V8 has compiled it
    for (let round = 0; round < 6; round++)
      for (const [at, { questions, pid }] of servers.entries()) {
        const others = pidsOf(places[at])
        const before = { own: secondsOf([pid]), others: secondsOf(others) }
        sums[at].answered += await questions.many[what](connections, 1.5)
        sums[at].own += secondsOf([pid]) - before.own
        sums[at].others += secondsOf(others) - before.others
      }
    const each = (seconds, { answered }) => Math.round((seconds / answered) * 1e6)
    const text = `${what} a second of one process, ${connections} at a time; microseconds of its processor each, and of the database's and the cache's`
    await row(text, ({ at }) => {
      const { answered, own, others } = sums[at]
      return `${Math.round(answered / 9)}; ${each(own, sums[at])}, ${each(others, sums[at])}`
    })
  }
  for (const [at, server] of servers.entries()) server.at = at
  try {
    if (isWanted('ask')) {
      for (let time = 0; time < 100; time++)
        for (const { questions } of servers) await questions.read(time + 20_000)
      await timed('{ me cart }, each another session', 1000, 'read')
      await timed('a write to the cart', 300, 'write')
      await timed('a login', 60, 'login')
      await timed('the newest page of 50', 40, 'newest')
      await timed('a page of 50 from the middle', 40, 'middle')
      await timed('a page of one user', 40, 'ofUser')
      await timed('a page of one address', 40, 'ofAddress')
      await timed('a page of a common browser', 40, 'ofBrowser')
      await timed('a page of a browser that no visitor has', 1, 'ofNone')
      await timed('the end of one user, of ten sessions', 20, 'endUser')
      await row('megabytes of the process', ({ memory }) => Math.round(memory()))
      const takes = []
      for (const place of places) takes.push(await taken(place))
      for (const what of Object.keys(takes[0])) await row(what, ({ at }) => takes[at][what])
      await row('filled in, s', ({ at }) => places[at].seconds)
      await row('bytes of a record', ({ at }) => places[at].record)
    }
    if (isWanted('load')) {
      await many('reads', 16)
      await many('writes', 16)
      await many('logins', 8)
    }
    if (isWanted('bulk'))
      await row('sessions ended a second, of those before an instant', ({ questions }) =>
        questions.endOldest(),
      )
    if (isWanted('clear')) await row('expired sessions cleared a second', ({ clear }) => clear())
  } finally {
    for (const { stop } of servers) await stop()
  }
  return rows
}

/** A server of its own for a place, its staff user, and what to ask. */
async function open(place, run) {
  const app = await openApp(
    readConfig({ ...place.environment, PORT: '0' }),
    await openLog({ production: true, level: 'silent' }),
  )
  if ((await app.db.user.count({ where: { usernameKey: 'chief' } })) === 0)
    await createUser(app.db, app.passwords, {
      username: 'chief',
      password: 'chief of the bench',
      isStaff: true,
    })
  const server = await startProcess(place.environment)
  return {
    pid: server.pid,
    memory: server.memory,
    questions: await questionsFor(server.url, place, run),
    /** Plants sessions that have expired, and removes them as `clear-sessions` does. */
    async clear() {
      const planted = await plantExpired(place, 100_000, run)
      const begun = performance.now()
      const removed = await app.sessions.clearExpired({ client: null })
      const seconds = (performance.now() - begun) / 1000
      return `${Math.round(removed / seconds)} (${removed} of ${planted})`
    },
    async stop() {
      await server.stop()
      await app.close()
    },
  }
}
