import type { Database } from '../../database/database.ts'
import { isTaken } from '../../database/errors.ts'
import { run, statement } from '../../database/statements.ts'
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
import { noteLogin, signIn } from './noting-login.ts'
import { clocksOf, originOf } from './roster-row.ts'
import { withdraw } from './withdrawal.ts'
import type { Client } from '../../http/client.ts'
import type { User } from '../users/user.ts'
import { SessionStoreUnavailable } from '../../refusals.ts'

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
  /** Does the server keep the records? Otherwise cookies carry them. */
  readonly keepsRecords: boolean
}

/** Enrolls sessions for one request, and takes that back. Calls `onUser` with the user after a login. */
export type Enrolling = (
  client: Client,
  onUser: (user: User) => void,
) => Pick<SessionRoster, 'enroll' | 'withdraw'>

/** Enrolls sessions in the Session table. */
export function createEnrolling(db: Database, options: EnrollingOptions): Enrolling {
  const { now, call, watch, recordsAreRows, keepsRecords } = options
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
        const stored = { ...enrolment, removed, client, recordsAreRows }
        await untilTakenBack(() => mayFail(withdraw(db, stored)))
      }
      const outcome = await calls.enroll(writing, { isWrite: true, undo })
      if (typeof outcome === 'string') return outcome
      if (outcome.user) onUser(outcome.user)
      removed = outcome.removed
      return outcome
    }

    function takeBack(id: SessionId, previous: PreviousSession | null): Promise<void> {
      const stored = { id, previous, removed, client, recordsAreRows }
      return mayFail(calls.withdraw(() => withdraw(db, stored)))
    }

    /**
     * Where cookies carry records, the old key opens nothing while a change stands still. Its visitor was told that the session is
     * over, and may have logged out: a later attempt would undo that.
     */
    function mayFail(taking: Promise<void>): Promise<void> {
      return keepsRecords ? taking : taking.catch(() => undefined)
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
      const user = yield* signIn(enrolment, circumstances.now)
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
    const user = yield* signIn(enrolment, circumstances.now)
    yield* run(place, values)
    return { user, removed }
  })
}

const noUser: Enrolled = { user: null, removed: null }

/** The columns of a row, from its clocks on. */
function columnsOf({ record, previous, instead }: Enrolment, { client, now }: Circumstances) {
  const { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt } = clocksOf(record)
  const { ipAddress, userAgent } = originOf(client)
  const { userId = null, epoch = null } = record.auth ?? {}
  const before = record.auth && (previous?.id ?? instead ?? null)
  const clocks = [createdAt, lastSeenAt, expiresAt, absoluteExpiresAt]
  return [...clocks, ipAddress, userAgent, userId, epoch, before, before && new Date(now)]
}
