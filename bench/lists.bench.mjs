import { openDatabase } from './admin-databases.mjs'
import { Missing } from './services.mjs'
import { openServer, quantile } from './setting.mjs'

// Filling takes minutes. ADMIN_ROWS=/some/folder keeps the filled database there for the next runs.
export const title =
  "The API's lists on a million sessions and events, by every filter alone and in pairs, median in ms"

const size = 1_000_000
const rounds = 5

const [hour, day] = [3_600_000, 86_400_000]
const ago = (milliseconds) => new Date(Date.now() - milliseconds).toISOString()

const someone = (6).toString(16).padStart(36, '0')

/**
 * The lists: what a page is asked for, and the values of each filter. Many rows match one of them, few match another, and
 * none a third, where a filter has such.
 */
const lists = {
  sessions: {
    document: `query ($filter: SessionFilter, $first: Int, $last: Int) {
      sessions(filter: $filter, first: $first, last: $last) {
        nodes { id user { username } ipAddress device createdAt lastSeenAt isActive }
        pageInfo { hasNextPage endCursor }
      }
    }`,
    filters: {
      username: ['user6', 'zebra'],
      userId: [someone],
      authenticated: [true, false],
      ipAddress: ['198.7.7.7', '192.0.2.1', '192.0.2.2'],
      userAgentContains: ['firefox', 'lynx', 'zebra'],
      status: ['ENDED', 'EXPIRED', 'ANY'],
      createdAfter: [ago(hour), ago(4 * day)],
      createdBefore: [ago(hour), ago(5 * day)],
      lastSeenBefore: [ago(hour), ago(30 * day)],
    },
  },
  auditEvents: {
    document: `query ($filter: AuditFilter, $first: Int, $last: Int) {
      auditEvents(filter: $filter, first: $first, last: $last) {
        nodes { id type at actor { username } subject { username } ipAddress }
        pageInfo { hasNextPage endCursor }
      }
    }`,
    filters: {
      userId: [someone],
      type: ['LOGIN', 'USER_DEACTIVATED', 'USER_PROMOTED'],
      since: [ago(hour), ago(4 * day)],
      until: [ago(hour), ago(5 * day)],
    },
  },
  users: {
    document: `query ($filter: String, $first: Int, $last: Int) {
      users(search: $filter, first: $first, last: $last) {
        nodes { id username email lastLogin }
        pageInfo { hasNextPage endCursor }
      }
    }`,
    filters: { search: ['mail.example', 'ser7', 'user6', 'zebra'] },
  },
}

const counts = {
  sessionStats: ['{ sessionStats { active authenticated anonymous expired } }'],
  'totalCount of all': ['{ sessions(first: 1) { totalCount } }'],
  'totalCount of a common browser': [
    '{ sessions(first: 1, filter: { userAgentContains: "firefox" }) { totalCount } }',
  ],
  'totalCount of the ended': ['{ sessions(first: 1, filter: { status: ENDED }) { totalCount } }'],
  "totalCount of a user's": [
    '{ sessions(first: 1, filter: { username: "user6" }) { totalCount } }',
  ],
  'totalCount of users': ['{ users(first: 1) { totalCount } }'],
  'totalCount of events': ['{ auditEvents(first: 1) { totalCount } }'],
}

/** `kinds` names the databases: sqlite, postgresql. Left out: both. */
export async function measure(kinds = []) {
  const figures = {}
  for (const kind of kinds.length > 0 ? kinds : ['sqlite', 'postgresql']) {
    try {
      Object.assign(figures, await measureOn(kind))
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      figures[kind] = error.message
    }
  }
  return figures
}

async function measureOn(kind) {
  const database = await openDatabase(kind, size)
  const server = await openServer({ DATABASE_URL: database.url })
  try {
    const pages = []
    for (const [list, { document, filters }] of Object.entries(lists)) {
      for (const filter of combinations(filters)) {
        for (const order of ['first', 'last']) {
          const given = list === 'users' ? filter.search : filter
          const took = await timeOf(server, document, { filter: given, [order]: 50 })
          pages.push({ list, filter: nameOf(filter), order, ms: ms(took) })
        }
      }
    }
    pages.sort((a, b) => b.ms - a.ms)
    const median = ms(
      quantile(
        pages.map(({ ms: each }) => each),
        0.5,
      ),
    )
    const counted = []
    for (const [what, [query]] of Object.entries(counts))
      counted.push({ what, ms: ms(await timeOf(server, query)) })
    return {
      [`${kind}: pages of 50, of ${pages.length} combinations the ten slowest (all: ${median})`]:
        pages.slice(0, 10),
      [`${kind}: what is counted`]: counted,
    }
  } finally {
    await server.close()
    await database.stop()
  }
}

/** No filter, each value of each, and each two of different filters. */
function combinations(filters) {
  const single = Object.entries(filters).flatMap(([name, values]) =>
    values.map((value) => ({ [name]: value })),
  )
  const pairs = single.flatMap((one, at) =>
    single
      .slice(at + 1)
      .filter((other) => Object.keys(one)[0] !== Object.keys(other)[0])
      .map((other) => ({ ...one, ...other })),
  )
  return [{}, ...single, ...pairs]
}

async function timeOf({ ask }, query, variables) {
  const times = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    await ask(query, variables)
    times.push(performance.now() - start)
  }
  return quantile(times, 0.5)
}

const nameOf = (filter) => JSON.stringify(filter).replaceAll('"', '')
const ms = (value) => Number(value.toFixed(1))
