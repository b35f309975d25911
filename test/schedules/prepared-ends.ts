import { endStatements } from '../../src/auth/roster/ends.ts'
import type { Row, Statement, Value } from '../../src/database/statements.ts'
import type { Double } from './prepared-enrolment.ts'

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
]

function end([id, at, reason]: readonly Value[]) {
  return {
    where: { id: String(id), endedAt: null },
    data: { endedAt: at as Date, endReason: String(reason), data: null },
    select: { id: true },
  } as const
}

function counted(rows: readonly Row[]) {
  return { count: rows.length, rows }
}
