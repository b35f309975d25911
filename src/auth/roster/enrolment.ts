import type { Database } from '../../database/database.ts'
import { isTaken } from '../../database/errors.ts'
import { run, statement } from '../../database/statements.ts'
import type { Work } from '../../database/statements.ts'
import { encodeRecord } from '../../session/record/record.ts'
import { createAndNote } from '../../session/commit/create-and-note.ts'
import { untilTakenBack } from '../../session/commit/until-taken-back.ts'
import type { SessionId } from '../../session/key.ts'
import type { Enrolment, PreviousSession, RowClocks, SessionRoster } from '../../session/roster.ts'
import { firstVersion } from '../../session/store.ts'
import type { SessionStore, Version } from '../../session/store.ts'
import type { Dependency } from '../../waiting/dependency.ts'
import type { Watch } from '../../waiting/watch.ts'
import { disown, letGo, remove } from './letting-go.ts'
import { clocksOf, originOf } from './roster-row.ts'
import { withdraw } from './withdrawal.ts'
import type { Client } from '../../http/client.ts'
import { userFrom, userRowColumns } from '../users/user-row.ts'
import type { UserRow } from '../users/user-row.ts'
import type { User } from '../users/user.ts'
import { InvalidCredentials, SessionStoreUnavailable } from '../../refusals.ts'

/** The client that begins a session, and the instant. */
interface Circumstances {
  readonly client: Client
  /** Milliseconds since 1970. */
  readonly now: number
}

/** An enrolment that is written down. */
interface Enrolled {
  /** The user after a login; null where it was no login. */
  readonly user: User | null
  /** The clocks of the row that it has removed; null where it has removed none. */
  readonly removed: RowClocks | null
}

/** Makes the row of a session together with its record. Fails where there is one. */
const begin = statement(
  `INSERT INTO "Session" (id, version, data, "createdAt", "lastSeenAt", "expiresAt", "absoluteExpiresAt", "ipAddress",
     "userAgent", "userId", epoch, "previousId", "previousAt")
   VALUES ($1, ${firstVersion}, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
)
/** Makes the row of a session whose record is kept elsewhere, or fills an existing row. */
const place = statement(
  `INSERT INTO "Session" AS s (id, "createdAt", "lastSeenAt", "expiresAt", "absoluteExpiresAt", "ipAddress", "userAgent",
     "userId", epoch, "previousId", "previousAt")
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
   ON CONFLICT (id) DO UPDATE SET "createdAt" = $2, "lastSeenAt" = $3, "expiresAt" = $4, "absoluteExpiresAt" = $5,
     "ipAddress" = $6, "userAgent" = $7, "userId" = $8, epoch = $9, "previousId" = COALESCE($10, s."previousId"),
     "previousAt" = COALESCE($11, s."previousAt")`,
)
const noteLogin = statement<UserRow>(
  `UPDATE "User" SET "lastLogin" = $3 WHERE id = $1 AND epoch = $2 AND "isActive" = $4 RETURNING ${userRowColumns}`,
)

/** The statements of an enrolment, for the doubles of the tests. */
export const enrolmentStatements = { remove, disown, begin, place, noteLogin }

/** How sessions are enrolled. */
export interface EnrollingOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly call: Dependency['call']
  readonly watch: Watch
  /** Does the engine keep its records in the roster's rows? */
  readonly recordsAreRows: boolean
}

/** Enrolls sessions for one request, and takes that back. Calls `onUser` with the user after a login. */
export type Enrolling = (
  client: Client,
  onUser: (user: User) => void,
) => Pick<SessionRoster, 'enroll' | 'withdraw'>

/** Enrolls sessions in the Session table. */
export function createEnrolling(db: Database, options: EnrollingOptions): Enrolling {
  const { now, call, watch, recordsAreRows } = options
  const calls = { enroll: watch('enroll', call), withdraw: watch('withdraw', call) }

  return (client, onUser) => {
    /** The clocks of the row whose place this request's session has taken. */
    let removed: RowClocks | null = null
    return { enroll, withdraw: takeBack }

    async function enroll(
      store: SessionStore,
      enrolment: Enrolment,
    ): Promise<Version | 'taken' | 'over'> {
      const { id, record, previous } = enrolment
      if (!recordsAreRows) {
        const note = async () => (await writeDown(enrolment, enrollBeside)) !== 'over'
        return createAndNote(store, enrolment, { note, withdraw: takeBack })
      }
      const outcome = await writeDown(enrolment, enrollInRow).catch(async (error: unknown) => {
        // The record may have been stored all the same. Its key reaches no visitor.
        const isOpen = error instanceof SessionStoreUnavailable && error.isOpen
        if (isOpen && record.auth) await untilTakenBack(() => takeBack(id, previous))
        throw error
      })
      if (typeof outcome === 'string') return outcome
      await store.copies?.keep(id, { ...record, version: firstVersion })
      return firstVersion
    }

    /** Writes the session down. Where the caller gives up, takes back what is stored later. */
    async function writeDown<Answer extends Enrolled | string>(
      enrolment: Enrolment,
      write: (db: Database, enrolment: Enrolment, at: Circumstances) => Promise<Answer>,
    ): Promise<Answer> {
      const writing = () => write(db, enrolment, { client, now: now() })
      const undo = async (outcome: Answer | null) => {
        if (typeof outcome === 'string') return
        const { removed } = outcome ?? noUser
        await untilTakenBack(() => withdraw(db, { ...enrolment, removed, client, recordsAreRows }))
      }
      const outcome = await calls.enroll(writing, { isWrite: true, undo })
      if (typeof outcome === 'string') return outcome
      if (outcome.user) onUser(outcome.user)
      removed = outcome.removed
      return outcome
    }

    function takeBack(id: SessionId, previous: PreviousSession | null): Promise<void> {
      return calls.withdraw(() => withdraw(db, { id, previous, removed, client, recordsAreRows }))
    }
  }
}

/**
 * For engines that keep records in the roster's rows. Makes the session's row with its record, and lets go of the row of the
 * session before: all or nothing. 'over' where the session before was over already, 'taken' where another session has the id.
 * Throws `InvalidCredentials` at a login whose user may not sign in any more.
 */
async function enrollInRow(
  { statements }: Database,
  enrolment: Enrolment,
  circumstances: Circumstances,
): Promise<Enrolled | 'taken' | 'over'> {
  const { id, record } = enrolment
  const values = [id, encodeRecord(record), ...columnsOf(enrolment, circumstances)]
  try {
    if (record.auth === null) {
      await statements.write(begin, values)
      return noUser
    }
    return await statements.transaction(function* () {
      // The row stays with its epoch, which `withdraw` needs to return it to its user.
      if ((yield* letGo(enrolment, [disown])) === 'over') return 'over'
      const user = yield* signIn(enrolment, circumstances)
      yield* run(begin, values)
      return { user, removed: null }
    })
  } catch (error) {
    if (isTaken(error)) return 'taken'
    throw error
  }
}

/** Makes the session's row as `enrollInRow` does, where another store has the record by now. A guest needs no row. */
async function enrollBeside(
  { statements }: Database,
  enrolment: Enrolment,
  circumstances: Circumstances,
): Promise<Enrolled | 'over'> {
  if (enrolment.record.auth === null) return noUser
  const values = [enrolment.id, ...columnsOf(enrolment, circumstances)]
  return statements.transaction(function* () {
    // While sessions move between engines, some rows hold a record and others do not.
    const removed = yield* letGo(enrolment, [remove, disown])
    if (removed === 'over') return 'over'
    const user = yield* signIn(enrolment, circumstances)
    yield* run(place, values)
    return { user, removed }
  })
}

const noUser: Enrolled = { user: null, removed: null }

/**
 * Notes the login, if it is one. Since the check of the password, it may have changed, or its user been deactivated or deleted.
 * Comes before the session's row, which cannot point to a user who is gone.
 */
function* signIn({ record, isLogin }: Enrolment, { now }: Circumstances): Work<User | null> {
  if (!isLogin || record.auth === null) return null
  const { userId, epoch } = record.auth
  const [user] = (yield* run(noteLogin, [userId, epoch, new Date(now), true])).rows
  if (user === undefined) throw new InvalidCredentials()
  return userFrom(user)
}

/** The columns of a row, from its clocks on. */
function columnsOf({ record, previous, instead }: Enrolment, { client, now }: Circumstances) {
  const { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt } = clocksOf(record)
  const { ipAddress, userAgent } = originOf(client)
  const { userId = null, epoch = null } = record.auth ?? {}
  const before = record.auth && (previous?.id ?? instead ?? null)
  const clocks = [createdAt, lastSeenAt, expiresAt, absoluteExpiresAt]
  return [...clocks, ipAddress, userAgent, userId, epoch, before, before && new Date(now)]
}
