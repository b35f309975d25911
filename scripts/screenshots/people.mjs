import { createHash } from 'node:crypto'

const hour = 3_600_000
const day = 24 * hour

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

/** Fills the database of an application with people, their sessions of two weeks, and what happened in the last one. */
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
    lastLogin: at === 10 ? null : new Date(now - at * 1.7 * hour),
  }))
  await db.user.createMany({ data: users })

  const sessions = Array.from({ length: 140 }, (_, at) => {
    const user = at % 3 === 2 ? null : pick(users)
    const createdAt = Math.round(now - at * at * 0.05 * hour - chance() * hour)
    const lastSeenAt = Math.round(now - chance() * 0.9 * Math.min(now - createdAt, 4 * day))
    const isEnded = at % 8 === 5
    const ends = user ? ['LOGOUT', 'REVOKED', 'PASSWORD_CHANGED'] : ['REVOKED']
    const expiresAt = at % 14 === 11 ? now - hour : now + 13 * day
    const held = {
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
    const clocks = { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt: null }
    return {
      id: idOf(`session ${at}`),
      userId: user?.id ?? null,
      epoch: user ? 0 : null,
      createdAt: new Date(createdAt),
      lastSeenAt: new Date(lastSeenAt),
      expiresAt: new Date(expiresAt),
      ipAddress: pick(addresses),
      userAgent: pick(agents),
      endedAt: isEnded ? new Date(lastSeenAt + 60_000) : null,
      endReason: isEnded ? pick(ends) : null,
      version: 1,
      data: isEnded ? null : JSON.stringify({ auth, data: held, expiry: null, ...clocks }),
    }
  })
  await db.session.createMany({ data: sessions })

  const events = sessions.filter(({ userId }) => userId !== null).map(eventOf('LOGIN'))
  for (let at = 0; at < 420; at++) {
    const instant = now - chance() * 7 * day
    const isBusy = new Date(instant).getUTCHours() % 24 > 6
    if (!isBusy && chance() < 0.7) continue
    const user = pick(users)
    const type = pick(['LOGIN', 'LOGIN', 'LOGIN', 'LOGIN', 'LOGOUT', 'LOGOUT', 'LOGIN_FAILED'])
    events.push(event(type, instant, user))
  }
  for (let at = 0; at < 38; at++)
    events.push(event('LOGIN_FAILED', now - 5.4 * hour - chance() * hour, users[2]))
  for (let at = 0; at < 9; at++)
    events.push(event('LOGIN_THROTTLED', now - 5.2 * hour - chance() * 0.6 * hour, users[2]))
  await db.auditEvent.createMany({ data: events })

  function eventOf(type) {
    return ({ id, userId, createdAt, ipAddress, userAgent }) => ({
      type,
      at: createdAt,
      actorId: userId,
      subjectId: userId,
      sessionId: id,
      ipAddress,
      userAgent,
      detail: JSON.stringify({ backend: 'password' }),
    })
  }

  function event(type, at, user) {
    const isRefused = type.startsWith('LOGIN_')
    return {
      type,
      at: new Date(at),
      actorId: isRefused ? null : user.id,
      subjectId: user.id,
      sessionId: null,
      ipAddress: pick(addresses),
      userAgent: pick(agents),
      detail: JSON.stringify(
        isRefused ? { username: user.username } : type === 'LOGIN' ? { backend: 'password' } : {},
      ),
    }
  }
}
