import type { Judgements } from './rule.ts'

const [minute, hour, day] = [60, 3600, 86_400] as const

/** What is thought of where sessions are kept, and for how long. */
export const judgedSessions: Judgements = {
  SESSION_ENGINE: {
    safe: 'Every engine is a choice. The store is opened and asked, and what it says of itself is told.',
  },
  SESSION_ENGINE_PREVIOUS: [
    {
      level: 'INFO',
      when: ({ sessionEnginePrevious }) => sessionEnginePrevious !== null,
      says: 'Each request asks two engines for its session.',
      cure: 'Once coatcheck sessions migrate has moved them all, take it out.',
    },
  ],
  SESSION_FILE_PATH: { safe: 'The folder itself is looked at where the engine is file.' },
  SESSION_STORE_TIMEOUT: [
    {
      level: 'WARNING',
      when: ({ storeTimeout, limits }) => storeTimeout >= limits.timeout * 1000,
      says: 'A store that hangs holds a request until it is given up as a whole: its caller does not learn that it is the store.',
      cure: 'Set it below GRAPHQL_TIMEOUT, which is in seconds.',
    },
    {
      level: 'WARNING',
      when: ({ storeTimeout }) => storeTimeout < 250,
      says: 'A store that is merely busy is taken for one that is down, and visitors get 503.',
      cure: 'Leave SESSION_STORE_TIMEOUT out: it is 3000 milliseconds.',
    },
  ],
  SESSION_COOKIE_AGE: [
    {
      level: 'WARNING',
      when: ({ policy }) => policy.age > 14 * day,
      says: 'A session that is idle for weeks still opens: a cookie from a lost or shared machine is good for as long.',
      cure: 'Set it to two weeks (1209600) or less, and let SESSION_REMEMBER_AGE serve those who ask for more.',
    },
    {
      level: 'WARNING',
      when: ({ policy }) => policy.age < minute,
      says: 'Visitors are signed out while they read a page.',
      cure: 'Set it to a few minutes at least.',
    },
    {
      level: 'WARNING',
      when: ({ policy }) => policy.absoluteAge > 0 && policy.age > policy.absoluteAge,
      says: 'Idle time never ends a session, because SESSION_ABSOLUTE_AGE ends it before.',
      cure: 'Set it below SESSION_ABSOLUTE_AGE.',
    },
  ],
  SESSION_ABSOLUTE_AGE: [
    {
      level: 'WARNING',
      when: ({ policy }) => policy.absoluteAge === 0 || policy.absoluteAge > 366 * day,
      says: 'A stolen session that is used now and then never ends by itself.',
      cure: 'Leave SESSION_ABSOLUTE_AGE out: it is thirty days, as NIST SP 800-63B has it.',
    },
  ],
  SESSION_EXPIRE_AT_BROWSER_CLOSE: { safe: 'The server counts the idle time all the same.' },
  SESSION_REMEMBER_AGE: [
    {
      level: 'WARNING',
      when: ({ rememberAge, policy }) => rememberAge < policy.age,
      says: 'Visitors who ask to be remembered are signed out sooner than the others.',
      cure: 'Set it above SESSION_COOKIE_AGE.',
    },
    {
      level: 'WARNING',
      when: ({ rememberAge, policy }) => policy.absoluteAge > 0 && rememberAge > policy.absoluteAge,
      says: 'No visitor is remembered for as long, because SESSION_ABSOLUTE_AGE ends the session before.',
      cure: 'Set it below SESSION_ABSOLUTE_AGE.',
    },
  ],
  SESSION_STAFF_AGE: [
    {
      level: 'WARNING',
      when: ({ staffAge }) => staffAge > 12 * hour,
      says: 'Staff stay signed in for more than a working day of idle time. An attacker who has their cookie can list and end every session.',
      cure: 'Leave it out: staff have half an hour of idle time.',
    },
  ],
  SESSION_RECHECK_INTERVAL: [
    {
      level: 'WARNING',
      when: ({ recheckInterval }) => recheckInterval > 2 * minute,
      says: 'Where processes cannot call each other, a stream goes on for so long after its session has ended.',
      cure: 'Leave SESSION_RECHECK_INTERVAL out: it is 15 seconds.',
    },
  ],
  SESSION_SAVE_EVERY_REQUEST: [
    {
      level: 'WARNING',
      when: ({ saveEveryRequest, policy }) => !saveEveryRequest && policy.age < day,
      says: 'Visitors who only read are signed out after SESSION_COOKIE_AGE, however busy they are.',
      cure: 'Leave it out, or make SESSION_COOKIE_AGE longer.',
    },
  ],
}
