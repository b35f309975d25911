import { enrolmentStatements } from '../../src/auth/roster/enrolment.ts'
import { userColumns } from '../../src/auth/users/user.ts'
import type { Database } from '../../src/database/database.ts'
import type { Row, Statement, Value, Written } from '../../src/database/statements.ts'

/** The tables that statements are about. */
export type Models = Pick<Database, 'session' | 'user'>

/** What a prepared statement does, in Prisma's words. A truth is 1 or 0, and an instant milliseconds, as it gives them. */
export type Double = (models: Models, values: readonly Value[]) => Promise<Written<Row>>

/** What the statements of an enrolment do. */
export const enrolmentDoubles: readonly (readonly [Statement<Row>, Double])[] = [
  [
    enrolmentStatements.remove,
    async ({ session }, [id, userId]) => {
      const where = { id: String(id), userId: String(userId), endedAt: null, data: null }
      const rows = await session.findMany({ where })
      return { ...(await session.deleteMany({ where })), rows: rows.map(clocksIn) }
    },
  ],
  [
    enrolmentStatements.disown,
    async ({ session }, [id, userId]) => {
      const where = { id: String(id), userId: String(userId), endedAt: null }
      return { ...(await session.updateMany({ where, data: { userId: null } })), rows: [] }
    },
  ],
  [
    enrolmentStatements.place,
    async ({ session }, [id, ...values]) => {
      const columns = columnsOf(values)
      const create = { id: String(id), ...columns }
      await session.upsert({ where: { id: String(id) }, create, update: columns })
      return { count: 1, rows: [] }
    },
  ],
  [
    enrolmentStatements.begin,
    async ({ session }, [id, data, ...values]) => {
      const columns = { version: 1, data: String(data), ...columnsOf(values) }
      await session.create({ data: { id: String(id), ...columns } })
      return { count: 1, rows: [] }
    },
  ],
  [
    enrolmentStatements.noteLogin,
    async ({ user }, [id, epoch, lastLogin]) => {
      const where = { id: String(id), epoch: Number(epoch), isActive: true }
      const data = { lastLogin: lastLogin as Date }
      const rows = await user.updateManyAndReturn({ where, data, select: userColumns })
      return { count: rows.length, rows: rows.map(asStored) }
    },
  ],
]

/** The columns of a row, from its clocks on. */
function columnsOf([
  createdAt,
  lastSeenAt,
  expiresAt,
  absoluteExpiresAt,
  ...others
]: readonly Value[]) {
  return {
    createdAt: createdAt as Date,
    lastSeenAt: lastSeenAt as Date,
    expiresAt: expiresAt as Date,
    absoluteExpiresAt: absoluteExpiresAt as Date | null,
    ...ownerOf(others),
  }
}

/** What an enrolment writes of the owner, and of the session whose place is taken. */
function ownerOf([ipAddress, userAgent, userId, epoch, previousId, previousAt]: readonly Value[]) {
  return {
    ipAddress: ipAddress as string | null,
    userAgent: userAgent as string | null,
    userId: userId as string | null,
    epoch: epoch as number | null,
    ...(previousId && { previousId: String(previousId), previousAt: previousAt as Date }),
  }
}

/** The clocks of a row of Prisma's as a prepared statement gives them. */
export function clocksIn(row: {
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly absoluteExpiresAt: Date | null
}): Row {
  return {
    lastSeenAt: row.lastSeenAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    absoluteExpiresAt: row.absoluteExpiresAt && row.absoluteExpiresAt.getTime(),
  }
}

/** A user of Prisma's as a prepared statement gives them. */
export function asStored(user: {
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly dateJoined: Date
  readonly lastLogin: Date | null
}): Row {
  return {
    ...user,
    isActive: Number(user.isActive),
    isStaff: Number(user.isStaff),
    dateJoined: user.dateJoined.getTime(),
    lastLogin: user.lastLogin && user.lastLogin.getTime(),
  }
}
