import type { Declared } from './declared.ts'

/** Who signs in, and what becomes of sessions. */
export const ofSessions = {
  logins: {
    name: 'coatcheck_logins_total',
    type: 'counter',
    labels: ['outcome'],
    says: 'Logins that succeeded, that were refused for their credentials, as for an empty password, and that were throttled before these were looked at.',
    worry:
      'Many refused or throttled while few succeed: passwords are being guessed, or a deploy broke the login.',
  },
  events: {
    name: 'coatcheck_audit_events_total',
    type: 'counter',
    labels: ['type'],
    says: 'Events that the audit has stored, by type. Of LOGIN_THROTTLED each process stores one a minute for each network; `coatcheck_logins_total` has all of them.',
    worry: 'USER_PROMOTED or SESSIONS_REVOKED at a time when no staff is at work.',
  },
  throttled: {
    name: 'coatcheck_throttle_refusals_total',
    type: 'counter',
    labels: ['kind'],
    says: 'Checks of a password, and registrations, that were refused because too many went before.',
    worry:
      'It rises for minutes: a guesser, or a proxy whose address stands for all visitors (TRUST_PROXY).',
  },
  started: {
    name: 'coatcheck_sessions_started_total',
    type: 'counter',
    labels: ['kind'],
    says: 'Sessions that began: of guests with the first thing that is stored for them, of users with each login, also one in place of a session of theirs. A change of key without a login, as with a change of password, goes on with the same session.',
    worry: 'Guests rise while logins do not: a client that keeps no cookie.',
  },
  ended: {
    name: 'coatcheck_sessions_ended_total',
    type: 'counter',
    labels: ['reason'],
    says: 'Sessions that this process ended, by reason. REPLACED has each whose place a login took, of a guest, of the same user or of another. LOGOUT and REVOKED have guests too, whatever the engine. EXPIRED has those whose time alone ended them, once this process removes their rows, an hour or two later: guests with the database engines only. What a command of the shell ends is in no process: the audit has it.',
    worry: 'REVOKED or USER_DEACTIVATED in thousands that no staff has asked for.',
  },
  cleared: {
    name: 'coatcheck_cleared_total',
    type: 'counter',
    labels: [],
    says: 'What this process has removed because its time was over: rows and records of sessions, counted attempts, and old events of the audit.',
    worry: 'No process has removed anything for a day: the log says why.',
  },
  oldestExpired: {
    name: 'coatcheck_expired_oldest_seconds',
    type: 'gauge',
    labels: [],
    says: 'How long ago the session expired whose row has waited longest to be removed, looked at with the active sessions; 0 where none waits. What expired less than an hour ago stays, and servers look once an hour.',
    worry:
      'Above six hours: more expires than is removed, because requests leave no room, or the removal fails, which the log says.',
    isShared: true,
  },
  active: {
    name: 'coatcheck_sessions_active',
    type: 'gauge',
    labels: ['kind'],
    says: 'Sessions that are alive, counted every half minute or less often while a scraper asks. Guests are there with the database engines only. Where records are kept outside the database (`cache`, `file`, an engine of your own, or while sessions move between engines) signed-in sessions are those that open: the rows, times the share of 500 picked at random whose record the store has; up to 500 it is exact. With `signed-cookies` it is the rows: visitors keep the records, and `coatcheck_cookies_foreign_total` tells of a lost SECRET_KEY.',
    worry:
      'Signed-in sessions fall faster than on other days at this hour, while neither logouts nor what expires explains it.',
    isShared: true,
  },
  lost: {
    name: 'coatcheck_sessions_lost',
    type: 'gauge',
    labels: [],
    says: 'Sessions of the same count that have neither ended nor expired, and that do not open, because the store has lost their records. Each stays until its time is over. 0 where rows hold the records, or cookies carry them.',
    worry:
      'It rises by more than a few: `cache` has restarted empty or evicts, or the folder of `file` was emptied.',
    isShared: true,
  },
  foreign: {
    name: 'coatcheck_cookies_foreign_total',
    type: 'counter',
    labels: [],
    says: 'Requests with a cookie of the name of ours that this server cannot have made. With `signed-cookies` that is one sealed with another SECRET_KEY: the visitor is signed out. A key that opens no session is not counted, as every session that has expired leaves one.',
    worry:
      'With `signed-cookies`: it jumps after a deploy. SECRET_KEY has changed, and SECRET_KEY_FALLBACKS does not have the former key.',
  },
  sampled: {
    name: 'coatcheck_sessions_sampled_timestamp_seconds',
    type: 'gauge',
    labels: [],
    says: 'When the active sessions were last counted, in seconds since 1970. While the database or the store does not answer, the last count stays.',
    worry:
      'Older than an hour: the count takes long, or fails, which the log says. A million sessions on SQLite are counted every ten minutes.',
    isShared: true,
  },
} as const satisfies Record<string, Declared>
