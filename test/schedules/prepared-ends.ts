import { endStatements } from '../../src/auth/roster/ends.ts'
import { isTaken } from '../../src/database/errors.ts'
import type { Row, Statement, Value } from '../../src/database/statements.ts'
import { lastWordStatements } from '../../src/auth/roster/last-words.ts'
import type { Double, Models } from './prepared-enrolment.ts'

const { endOne, endMoved, givenUp } = endStatements

/** What the statements of an end do. */
export const endDoubles: readonly (readonly [Statement<Row>, Double])[] = [
  [endOne, async ({ session }, values) => counted(await session.updateManyAndReturn(end(values)))],
  [
    endMoved,
    async ({ session }, values) => {
      const [id, , , since] = values
      const { where, ...rest } = end(values)
      const { id: _id, ...alive } = where
      const moved = { previousId: String(id), previousAt: { gt: since as Date } }
      const either = { ...alive, OR: [{ id: String(id) }, moved] }
      return counted(await session.updateManyAndReturn({ ...rest, where: either }))
    },
  ],
  [
    givenUp,
    async ({ session }, [id, since]) => {
      const gt = since as Date
      const ended = { endReason: { in: ['LOGOUT', 'REPLACED'] }, endedAt: { gt } }
      const moved = { previousId: String(id), previousAt: { gt } }
      const where = { OR: [moved, { id: String(id), ...ended }] }
      const row = await session.findFirst({ where, select: { id: true } })
      return counted(row ? [row] : [])
    },
  ],
  [
    lastWordStatements.leave,
    async (models, [id, ...values]) => {
      const [createdAt, lastSeenAt, expiresAt, absoluteExpiresAt, endedAt, endReason] = values
      const clocks = { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt }
      // No sessions move in these worlds, so that no row holds a record which the word would take out.
      return createUnlessThere(models, { id, ...clocks, endedAt, endReason })
    },
  ],
  [
    lastWordStatements.takeBack,
    async ({ session }, [id, at, endReason]) => {
      const where = { id: String(id), endedAt: at as Date, endReason: String(endReason) }
      const { count } = await session.deleteMany({ where: { ...where, userId: null, version: 0 } })
      return { count, rows: [] }
    },
  ],
  [
    lastWordStatements.leaveOfPrevious,
    async (models, [id]) => {
      const row = await models.session.findUnique({ where: { id: String(id) } })
      if (!row?.previousId) return counted([])
      const { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt, previousId, previousAt } = row
      const clocks = { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt }
      const end = { endedAt: previousAt, endReason: 'REPLACED' }
      const where = { id: previousId, endedAt: null, userId: null }
      const data = { ...end, expiresAt, absoluteExpiresAt, data: null }
      const { count } = await models.session.updateMany({ where, data })
      if (count > 0) return { count, rows: [] }
      return createUnlessThere(models, { id: previousId, ...clocks, ...end })
    },
  ],
]

async function createUnlessThere({ session }: Models, row: object) {
  try {
    await session.create({ data: row as Parameters<typeof session.create>[0]['data'] })
    return { count: 1, rows: [] }
  } catch (error) {
    if (!isTaken(error)) throw error
    return counted([])
  }
}

function end([id, at, reason]: readonly Value[]) {
  return {
    where: { id: String(id), endedAt: null },
    data: { endedAt: at as Date, endReason: String(reason), data: null },
    select: { id: true, userId: true },
  } as const
}

function counted(rows: readonly Row[]) {
  return { count: rows.length, rows }
}
