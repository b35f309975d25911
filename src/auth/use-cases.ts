import type { Logger } from 'pino'
import type { Database } from '../database/database.ts'
import type { SessionEvents } from '../session/streams/events.ts'
import type { SessionStore } from '../session/store.ts'
import { createAccounts } from './accounts/accounts.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { Audit } from './audit/audit.ts'
import type { AuthListener } from './audit/listener.ts'
import { createNotifier } from './audit/notifier.ts'
import type { Notifier, NotifierOptions } from './audit/notifier.ts'
import { createAuditList } from './audit/audit-list.ts'
import type { AuditList } from './audit/audit-list.ts'
import { createAuditTally } from './audit/audit-tally.ts'
import type { AuditTally } from './audit/audit-tally.ts'
import type { AuthenticationBackend } from './logins/backend.ts'
import { createIdentities } from './logins/identity.ts'
import { createPasswordChange } from './accounts/change-password.ts'
import type { ChangePassword } from './accounts/change-password.ts'
import { createClearing } from './clearing/clearing.ts'
import type { ClearingOptions } from './clearing/clearing.ts'
import type { ClearExpired } from './clearing/clearing.ts'
import { expiredRecords, expiredRows } from './clearing/expired.ts'
import { createDeleting } from './accounts/deletion.ts'
import type { Deleting } from './accounts/deletion.ts'
import { createLogins } from './logins/logins.ts'
import type { Logins, LoginsOptions } from './logins/logins.ts'
import { staffExpiry } from './logins/staff-expiry.ts'
import type { StaffExpiryOptions } from './logins/staff-expiry.ts'
import type { PasswordHasher } from './passwords/password.ts'
import type { EndingContext } from './sessions/ending.ts'
import { createExporting } from './accounts/personal-data.ts'
import type { Exporting } from './accounts/personal-data.ts'
import { createPatience } from './sessions/patience.ts'
import { createRegistration } from './accounts/register.ts'
import type { Register } from './accounts/register.ts'
import { createRevocation } from './sessions/revocation.ts'
import type { Revocation } from './sessions/revocation.ts'
import type { Roster } from './roster/roster.ts'
import type { KnowsEnds } from './roster/why-ended.ts'
import { createSessionInspection } from './sessions/session-inspection.ts'
import type { SessionInspection } from './sessions/session-inspection.ts'
import { createSessionList } from './sessions/session-list.ts'
import type { SessionList } from './sessions/session-list.ts'
import { createPreviewing } from './sessions/session-preview.ts'
import type { Previewing } from './sessions/session-preview.ts'
import { createSessionSearch } from './sessions/session-search.ts'
import type { SessionSearch } from './sessions/session-search.ts'
import type { Throttle } from './throttle/throttle.ts'
import { createUserList } from './users/user-list.ts'
import type { UserList } from './users/user-list.ts'
import type { Users } from './users/users.ts'

/** Lists and ends the sessions of this server, for their owners and for staff. */
export interface Sessions
  extends
    SessionList,
    SessionSearch,
    SessionInspection,
    Previewing,
    Revocation,
    Pick<KnowsEnds, 'endReason'> {
  readonly clearExpired: ClearExpired
}

/**
 * A use case for every change of accounts and sessions, and every list of them. A use case stores its change, ends the
 * sessions that must end, and then tells the audit and the listeners.
 */
export interface UseCases {
  readonly logins: Logins
  readonly register: Register
  readonly changePassword: ChangePassword
  readonly users: Users & UserList & Accounts & Deleting & Exporting
  readonly sessions: Sessions
  readonly audit: AuditList & AuditTally
  /** Resolves when every listener has been told everything so far. */
  readonly untilTold: Notifier['untilTold']
}

/** The parts that the use cases work on. */
export interface UseCaseParts {
  readonly db: Database
  readonly users: Users
  readonly passwords: PasswordHasher
  readonly backends: readonly AuthenticationBackend[]
  readonly throttle: Throttle
  readonly roster: Roster
  /** Told of each event before the caller gets the answer. */
  readonly audit: Audit
  /** Told after the audit; no caller waits for them. */
  readonly listeners: readonly AuthListener[]
  readonly store: SessionStore
  /** While sessions move between the roster's rows and another store: that store. */
  readonly besideRows?: SessionStore
  /** Are records kept in the roster's rows? */
  readonly recordsAreRows: boolean
  /** How many rows of the database one statement may change. */
  readonly rowsAtOnce: number
  /** The streams of a session, on this process and the others. */
  readonly events: Pick<SessionEvents, 'publishMany'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Counts what happens to accounts and sessions. */
  readonly counts?: NonNullable<NotifierOptions['counts']> &
    NonNullable<EndingContext['counts']> &
    NonNullable<LoginsOptions['counts']> &
    NonNullable<ClearingOptions['counts']>
  readonly log: Logger
}

/** The operator's settings for the use cases. */
export interface UseCaseOptions extends StaffExpiryOptions {
  /** SESSION_REMEMBER_AGE, in seconds. */
  readonly rememberAge: number
  readonly registration: 'open' | 'closed'
  /** AUDIT_RETENTION, in seconds; 0: for ever. */
  readonly auditRetention: number
  /** The first staff user's name. */
  readonly admin: { readonly username: string }
  /** How long an operation may take, in seconds. */
  readonly limits: { readonly timeout: number }
}

/** Hands each use case what it needs. */
export function createUseCases(parts: UseCaseParts, options: UseCaseOptions): UseCases {
  const { db, users, passwords: hasher, backends, throttle, roster, store, now, log } = parts
  const { rememberAge, registration, admin, limits, auditRetention } = options
  const { audit, listeners, recordsAreRows, rowsAtOnce, events } = parts
  const counted = parts.counts && { counts: parts.counts }
  const toTell = { db, users, audit, listeners, now, log, ...counted }
  const { notify, untilTold } = createNotifier(toTell)
  const besides = parts.besideRows && { besideRows: parts.besideRows }
  const kept = { db, store, recordsAreRows, rowsAtOnce, ...besides }
  const ending = { ...kept, now, events, log, ...counted }
  const patienceFor = createPatience(limits.timeout * 1000)
  const identities = createIdentities()
  const logins = createLogins({
    users,
    backends,
    throttle,
    identities,
    rememberAge,
    staffExpiry: staffExpiry(options),
    notify,
    ...counted,
  })
  const sessions = createSessionList({ db, store, now })
  const expired = expiredRows(db, {
    retention: auditRetention,
    ...(parts.counts && { onExpired: (count) => parts.counts?.ended('EXPIRED', count) }),
  })
  const register = createRegistration({
    users,
    throttle,
    logins,
    identities,
    registration,
    reservedUsername: admin.username,
    notify,
  })
  const settling = { db, hasher, now, ending, patienceFor, notify }
  return {
    logins,
    register,
    changePassword: createPasswordChange({ ...settling, throttle }),
    users: {
      ...users,
      ...createUserList(db),
      ...createAccounts({ ...settling, users }),
      ...createDeleting({ db, users, ending, notify }),
      ...createExporting({ db, store, now, users }),
    },
    sessions: {
      ...sessions,
      ...createSessionSearch({ db, sessions, users, now }),
      ...createSessionInspection({ db, store }),
      ...createPreviewing({ db, users, now }),
      ...createRevocation({ users, ending, patienceFor, notify }),
      endReason: roster.endReason,
      clearExpired: createClearing({
        now,
        clock: db.clock,
        patienceFor,
        ...counted,
        sessions: [expired.sessions, ...(recordsAreRows ? [] : [expiredRecords(store)])],
        others: expired.others,
      }),
    },
    audit: { ...createAuditList(db), ...createAuditTally({ db, now }) },
    untilTold,
  }
}
