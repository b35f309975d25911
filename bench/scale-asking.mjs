import { keyOf, sessionOf, userId, userOf, usersOf } from './scale-records.mjs'
import { post as postMany } from './load.mjs'
import { post } from './process.mjs'

const cookieOf = (at) => ({ cookie: `sessionid=${keyOf(at)}` })
const look = '{ me { username } cart { totalQuantity } }'
const writing = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const login =
  'mutation ($username: String!) { login(input: { username: $username, password: "chief of the bench" }) { __typename } }'
const page =
  'query ($after: String, $filter: SessionFilter) { sessions(first: 50, after: $after, filter: $filter) { nodes { id createdAt } } }'
const ending =
  'mutation ($filter: SessionFilter!, $dryRun: Boolean) { revokeSessions(filter: $filter, dryRun: $dryRun) { ... on RevokeSessionsSuccess { isComplete matchedCount revokedCount } ... on Error { code } } }'

async function asked(url, query, options) {
  const { body } = await post(url, query, options)
  if (body.errors) throw new Error(JSON.stringify(body.errors))
  return body.data
}

/**
 * What visitors and staff ask of a server at `url` over a place of `size` sessions. Each question takes a number, and asks about
 * something else for another one. Sessions that are looked at are of the newest two thirds; `run` is another number for each
 * measurement, because what one has ended the next cannot end again.
 */
export async function questionsFor(url, { size, now }, run) {
  const signedIn = await post(url, login, { variables: { username: 'chief' } })
  const chief = { cookie: signedIn.headers.getSetCookie()[0].split(';')[0] }
  const staff = (query, variables) => asked(url, query, { variables, headers: chief })
  const newest = Math.floor((size * 2) / 3)
  const users = usersOf(size)
  const anyOf = (time) => {
    const at = ((time + 1) * 7919 * 104_729 + run * 613) % newest
    return userOf(at, size) >= (users * 2) / 3 ? at + 1 : at // the last users' are for the end: a guest's instead
  }
  const nameOf = (at) => userOf(at, size) !== null && `user${userOf(at, size)}`
  const { ipAddress } = sessionOf(Math.floor(size / 2), size, { guest: {}, user: {} }, now)
  const list = (filter, after = null) => staff(page, { after, filter })
  const middle = await list({ createdBefore: new Date(now - 6.5 * 86_400_000) })
  const { id, createdAt } = middle.sessions.nodes.at(-1)
  const place = Buffer.from(`sessions.${Date.parse(createdAt)}.${id}`).toString('base64url')
  /** Users are ended from the last one on, so that the first ones stay. */
  const toEnd = (time) => userId(users - 1 - ((run * 20 + time) % Math.floor(users / 3)))
  const from = (time) => `10.${run}.${(time >> 8) & 255}.${time & 255}`

  return {
    async read(time) {
      const at = anyOf(time)
      const { me, cart } = await asked(url, look, { headers: cookieOf(at) })
      if ((me?.username ?? false) !== nameOf(at) || cart.totalQuantity < 3)
        throw new Error(`Session ${at} of ${size} does not open: ${JSON.stringify({ me, cart })}`)
    },
    async write(time) {
      const answer = await asked(url, writing, { headers: cookieOf(anyOf(time + 10_000)) })
      if (answer.addCartItem.__typename !== 'CartSuccess') throw new Error(JSON.stringify(answer))
    },
    async login(time) {
      const variables = { username: `user${(run * 100 + time) % users}` }
      const headers = { 'x-forwarded-for': from(time) }
      const answer = await asked(url, login, { variables, headers })
      if (answer.login.__typename !== 'LoginSuccess') throw new Error(JSON.stringify(answer))
    },
    newest: () => list({}),
    middle: () => list({}, place),
    ofUser: (time) => list({ userId: userId(time % users) }),
    ofAddress: () => list({ ipAddress }),
    ofBrowser: () => list({ userAgentContains: 'firefox' }),
    async ofNone() {
      const { body } = await post(url, page, {
        variables: { filter: { userAgentContains: 'netscape' } },
        headers: chief,
      })
      return body.errors?.[0].extensions?.code ?? body.data.sessions.nodes.length
    },
    async endUser(time) {
      const { revokeSessions } = await staff(ending, { filter: { userId: toEnd(time) } })
      if (revokeSessions.isComplete !== true) throw new Error(JSON.stringify(revokeSessions))
    },
    /**
     * Ends the oldest, a day's worth of those that are alive, as far as one call comes. Says how many a second, how many, and
     * whether that was all.
     */
    async endOldest() {
      for (let days = 12; ; days--) {
        const filter = { createdBefore: new Date(now - days * 86_400_000).toISOString() }
        const { matchedCount } = (await staff(ending, { filter, dryRun: true })).revokeSessions
        if (matchedCount === 0) continue
        const begun = performance.now()
        const { revokedCount, isComplete } = (await staff(ending, { filter })).revokeSessions
        const seconds = (performance.now() - begun) / 1000
        return `${Math.round(revokedCount / seconds)} (${isComplete ? 'all' : 'the first'} ${revokedCount} in ${seconds.toFixed(1)} s)`
      }
    },
    /** Each of these on so many connections, of five hundred sessions or a thousand users. Says how many were answered. */
    many: {
      reads: (connections, seconds) =>
        postMany(url, {
          requests: askedBy(500, 50_000, look),
          connections,
          seconds,
          isRight: (text) => text.includes('"cart"'),
        }),
      writes: (connections, seconds) =>
        postMany(url, {
          requests: askedBy(500, 60_000, writing),
          connections,
          seconds,
          isRight: (text) => text.includes('CartSuccess'),
        }),
      logins(connections, seconds) {
        const requests = Array.from({ length: 1000 }, (_, time) => ({
          body: JSON.stringify({
            query: login,
            variables: { username: `user${(time + run * 300) % users}` },
          }),
          from: from(time + 2000),
        }))
        const isRight = (text) => text.includes('LoginSuccess')
        return postMany(url, { requests, connections, seconds, isRight })
      },
    },
  }

  function askedBy(count, first, query) {
    const body = JSON.stringify({ query })
    return Array.from({ length: count }, (_, time) => ({ body, ...cookieOf(anyOf(time + first)) }))
  }
}
