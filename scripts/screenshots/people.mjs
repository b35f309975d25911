import { createHash } from 'node:crypto'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** So long a session lives without activity: the server of the pictures has it as its setting. */
export const idleAge = 14 * day

const names = [
  'ada.lovelace',
  'grace.hopper',
  'alan.turing',
  'katherine.johnson',
  'edsger.dijkstra',
  'barbara.liskov',
  'donald.knuth',
  'radia.perlman',
  'hedy.lamarr',
  'tim.berners-lee',
  'margaret.hamilton',
  'linus.torvalds',
]

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
]

const addresses = [
  '203.0.113.24',
  '198.51.100.7',
  '192.0.2.118',
  '2001:db8:85a3::7334',
  '198.51.100.63',
]

/** Numbers from 0 to 1 that are the same at every run, so that two pictures of one page can be compared. */
function createChance(seed = 7) {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

const idOf = (text) => createHash('sha256').update(text).digest('hex')

/**
 * Fills the database of an application with people, their sessions of forty days, and what happened in the last week. It is
 * one story: whose session began, ended or was refused when is the same in the users, the sessions and the audit.
 */
export async function plantPeople({ db }, now) {
  const chance = createChance()
  const pick = (all) => all[Math.floor(chance() * all.length)]
  const users = names.map((username, at) => ({
    id: idOf(username).slice(0, 32),
    username,
    usernameKey: username,
    email: `${username}@mail.example`,
    passwordHash: '!',
    isStaff: at === 1,
    isActive: at !== 8,
    dateJoined: new Date(now - (3 + at * 17) * day),
  }))
  const [, staff, guessedAt] = users
  const changed = { user: users[5], at: now - 6.5 * day, reason: 'PASSWORD_CHANGED' }
  const deactivated = { user: users[8], at: now - 2.2 * day, reason: 'USER_DEACTIVATED' }
  const neverCame = users[10]
  const couldSignIn = (user, at) =>
    user !== neverCame &&
    user.dateJoined.getTime() <= at &&
    (user !== deactivated.user || at < deactivated.at)

  const lives = Array.from({ length: 140 }, (_, at) => {
    const began = Math.round(now - at * at * 0.05 * hour - chance() * hour)
    const user = at % 3 === 2 ? null : pick(users.filter((one) => couldSignIn(one, began)))
    const cut = [changed, deactivated].find((end) => end.user === user && began < end.at)
    const hasRunOut = at % 14 === 11 && now - began > idleAge + day && !cut
    const until = cut?.at ?? now
    const seen = hasRunOut
      ? now - idleAge - hour / 2
      : Math.round(until - chance() * 0.9 * Math.min(until - began, 4 * day))
    const own = at % 8 === 5 && !hasRunOut && { at: Math.min(seen + minute, now - 1) }
    const end = cut ?? (own && { ...own, reason: user && at % 16 === 5 ? 'LOGOUT' : 'REVOKED' })
    return { at, id: idOf(`session ${at}`), user, began, seen, end: end || null }
  })
  // A change of password leaves the session where it is done.
  const kept = lives.find(({ user, end }) => user === changed.user && end === changed)
  Object.assign(kept, { end: null, seen: now - 20 * minute })

  // Short visits of the last week, most of them by day, which end with a sign-out.
  for (let at = 0; at < 210; at++) {
    const began = Math.round(now - chance() * 7 * day)
    const isBusy = new Date(began).getUTCHours() > 6
    if (!isBusy && chance() < 0.7) continue
    const user = pick(users.filter((one) => couldSignIn(one, began)))
    const until = Math.round(began + (2 + chance() * 170) * minute)
    const cut = [changed, deactivated].find(
      (end) => end.user === user && began < end.at && end.at < until,
    )
    const end = cut ?? (until < now ? { at: until, reason: 'LOGOUT' } : null)
    const seen = end ? end.at - 10_000 : now - minute
    lives.push({ at, id: idOf(`visit ${at}`), user, began, seen, end })
  }

  const sessions = lives.map(({ at, id, user, began, seen, end }) => {
    const data = {
      ...(at % 2 === 0 && {
        cart: {
          items: [
            { sku: 'umbrella', quantity: 1 },
            { sku: 'felt-hat', quantity: 2 },
          ],
        },
      }),
      ...(at % 3 !== 1 && { preferences: { theme: 'DARK', locale: 'en-GB', currency: 'GBP' } }),
    }
    const auth = user && { userId: user.id, epoch: 0, backend: 'password' }
    const expiresAt = seen + idleAge
    const clocks = { createdAt: began, lastSeenAt: seen, expiresAt, absoluteExpiresAt: null }
    return {
      id,
      userId: user?.id ?? null,
      epoch: user ? 0 : null,
      createdAt: new Date(began),
      lastSeenAt: new Date(seen),
      expiresAt: new Date(expiresAt),
      ipAddress: pick(addresses),
      userAgent: pick(agents),
      endedAt: end && new Date(end.at),
      endReason: end && end.reason,
      version: 1,
      data: end ? null : JSON.stringify({ auth, data, expiry: null, ...clocks }),
    }
  })

  const events = []
  const happened = (type, at, subject, more = {}) =>
    events.push({
      type,
      at: new Date(at),
      actorId: subject?.id ?? null,
      subjectId: subject?.id ?? null,
      sessionId: null,
      ipAddress: pick(addresses),
      userAgent: pick(agents),
      detail: JSON.stringify(type === 'LOGIN' ? { backend: 'password' } : {}),
      ...more,
    })
  const refused = (type, at, user) =>
    happened(type, at, user, {
      actorId: null,
      detail: JSON.stringify({ username: user.username }),
    })
  for (const [at, { id, user, end }] of lives.entries()) {
    const { createdAt, ipAddress, userAgent } = sessions[at]
    const there = { sessionId: id, ipAddress, userAgent }
    if (user) happened('LOGIN', createdAt, user, there)
    if (end?.reason === 'LOGOUT') happened('LOGOUT', end.at, user, there)
    if (end?.reason === 'REVOKED')
      happened('SESSION_REVOKED', end.at, user, { actorId: staff.id, sessionId: id })
  }
  const among = sessions.filter(
    ({ endReason, userId }) => endReason === 'REVOKED' && userId === null,
  )
  const ofTwo = among.slice(0, 2).map(({ id }) => id)
  happened('SESSIONS_REVOKED', now - 1.4 * day, null, {
    actorId: staff.id,
    detail: JSON.stringify({
      filter: {
        status: 'ACTIVE',
        ipAddress: addresses[2],
        createdBefore: new Date(now - 1.4 * day),
      },
      sessions: ofTwo,
      count: ofTwo.length,
    }),
  })
  happened('PASSWORD_CHANGED', changed.at, changed.user, { sessionId: kept.id })
  happened('USER_DEACTIVATED', deactivated.at, deactivated.user, { actorId: staff.id })
  for (const user of users.filter((one) => one !== staff && one !== neverCame)) {
    happened('REGISTERED', user.dateJoined, user)
    happened('LOGIN', user.dateJoined.getTime() + 1, user)
  }
  happened('USER_CREATED', neverCame.dateJoined, neverCame, { actorId: staff.id })
  for (let at = 0; at < 45; at++) {
    const instant = now - chance() * 7 * day
    refused('LOGIN_FAILED', instant, pick(users.filter((one) => couldSignIn(one, instant))))
  }
  for (let at = 0; at < 38; at++)
    refused('LOGIN_FAILED', now - 5.4 * hour - chance() * hour, guessedAt)
  for (let at = 0; at < 9; at++)
    refused('LOGIN_THROTTLED', now - 5.2 * hour - chance() * 0.6 * hour, guessedAt)

  const lastLogin = ({ id }) => {
    const own = events.filter(({ type, subjectId }) => type === 'LOGIN' && subjectId === id)
    return own.length === 0 ? null : new Date(Math.max(...own.map(({ at }) => at.getTime())))
  }
  await db.user.createMany({
    data: users.map((user) => ({ ...user, lastLogin: lastLogin(user) })),
  })
  await db.session.createMany({ data: sessions })
  await db.auditEvent.createMany({ data: events })
}
