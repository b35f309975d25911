import { openDatabase } from './admin-databases.mjs'
import { Missing } from './services.mjs'
import { openServer, quantile, ratio } from './setting.mjs'

// Filling takes minutes. ADMIN_ROWS=/some/folder keeps the filled databases there for the next runs.
export const title =
  "The staff's pages on a thousand sessions and events, and on a million of each, median in ms"

const sizes = [1_000, 1_000_000]
const rounds = 23

/** Users, sessions and events that every size has. */
const [user, session] = [(6).toString(16).padStart(36, '0'), (6).toString(16).padStart(64, '0')]

const pages = {
  'front page': '?page=home',
  'sessions, unfiltered': '?page=sessions',
  'sessions, of a user': '?page=sessions&user=user6',
  'sessions, from an address': '?page=sessions&address=192.0.2.1&status=ANY',
  'sessions, by a common browser': '?page=sessions&browser=firefox',
  'sessions, by a browser of one in a hundred': '?page=sessions&browser=opera',
  'sessions, by a rare browser': '?page=sessions&browser=lynx',
  'sessions, ended': '?page=sessions&status=ENDED',
  'sessions, expired': '?page=sessions&status=EXPIRED',
  'sessions, of guests, older than a day': '?page=sessions&kind=guests&age=old-day',
  'sessions, idle for an hour': '?page=sessions&idle=hour',
  'sessions, idle for a month': '?page=sessions&idle=month',
  'one session': `?page=session&id=${session}`,
  users: '?page=users',
  'users, by a part of a name': '?page=users&search=ser7',
  'users, by what no name has': '?page=users&search=zebra',
  'one user': `?page=user&id=${user}`,
  audit: '?page=audit',
  'audit, of a common type': '?page=audit&type=LOGIN',
  'audit, of a rare type': '?page=audit&type=USER_PROMOTED',
  'audit, of a user': '?page=audit&user=user6',
  'audit, of a user and a type': '?page=audit&user=user6&type=LOGOUT',
  'to end: all': '?page=end-sessions',
  'to end: those of a user': '?page=end-sessions&user=user6',
  'to end: those of a common browser': '?page=end-sessions&browser=firefox',
  'to end: those of a browser of one in a hundred': '?page=end-sessions&browser=opera',
  'to end: those of a rare browser': '?page=end-sessions&browser=lynx',
  'to end: those idle for a month': '?page=end-sessions&idle=month',
  'to end: those idle for a day': '?page=end-sessions&idle=day',
}

/** `kinds` names the databases: sqlite, postgresql. Left out: both. */
export async function measure(kinds = []) {
  const figures = {}
  for (const kind of kinds.length > 0 ? kinds : ['sqlite', 'postgresql']) {
    try {
      figures[kind] = await compare(kind)
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      figures[kind] = error.message
    }
  }
  return figures
}

/** Both sizes by turns, so that what else the machine does slows both alike. */
async function compare(kind) {
  const opened = []
  try {
    for (const size of sizes) opened.push(await openPages(kind, size))
    const rows = []
    for (const [page, query] of Object.entries(pages)) {
      const times = opened.map(() => [])
      for (let round = 0; round < rounds; round++)
        for (const [at, { view }] of opened.entries()) {
          const took = await view(query)
          if (round >= 3) times[at].push(took) // what the first views compile and keep, every later one has
        }
      const [few, many] = times.map((each) => quantile(each, 0.5))
      rows.push({ page, '1,000': ms(few), '1,000,000': ms(many), ratio: ratio(many, few) })
    }
    return rows
  } finally {
    for (const { close } of opened) await close()
  }
}

const ms = (value) => Number(value.toFixed(1))

/** A server on so many rows; `view` gives how long a page takes, in ms. */
async function openPages(kind, size) {
  const database = await openDatabase(kind, size)
  const { url, cookie, close } = await openServer({ DATABASE_URL: database.url })
  const address = url.replace('/graphql', '/admin')
  return {
    async view(query) {
      const start = performance.now()
      const headers = { cookie: cookie() }
      const response = await fetch(`${address}${query}`, { headers, redirect: 'manual' })
      await response.text()
      if (response.status !== 200) throw new Error(`${query}: ${response.status}`)
      return performance.now() - start
    },
    async close() {
      await close()
      await database.stop()
    },
  }
}
