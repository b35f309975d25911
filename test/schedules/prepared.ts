import { holders } from '../../src/auth/logins/password-backend.ts'
import { clocksInRow, copyClocks, recordRow, rosterRow } from '../../src/auth/roster/session-row.ts'
import { isTaken } from '../../src/database/errors.ts'
import type {
  Row,
  Statement,
  Statements,
  Value,
  Work,
  Written,
} from '../../src/database/statements.ts'
import { recordStatements } from '../../src/session/stores/database.ts'
import { userColumns } from '../../src/auth/users/user.ts'
import { userOfId } from '../../src/auth/users/user-row.ts'
import { endDoubles } from './prepared-ends.ts'
import { asStored, clocksIn, enrolmentDoubles } from './prepared-enrolment.ts'
import type { Double, Models } from './prepared-enrolment.ts'

const live = { endedAt: null, data: { not: null } }

const { load, create, save, remove, removeAt } = recordStatements

/** The statements that the code under test uses. One that is missing ends the run at its first use. */
const doubles = new Map<Statement<Row>, Double>([
  [rosterRow, wholeRow],
  [recordRow, wholeRow],
  [
    holders.ofName,
    async ({ user }, [name]) => {
      const select = { ...userColumns, passwordHash: true } as const
      const row = await user.findUnique({ where: { usernameKey: String(name) }, select })
      return found(row && asStored(row))
    },
  ],
  [
    userOfId,
    async ({ user }, [id]) => {
      const row = await user.findUnique({ where: { id: String(id) }, select: userColumns })
      return found(row && asStored(row))
    },
  ],
  ...enrolmentDoubles,
  ...endDoubles,
  [
    load,
    async ({ session }, [id]) => {
      const select = { data: true, version: true }
      return found(await session.findFirst({ where: { id: String(id), ...live }, select }))
    },
  ],
  [
    create,
    async ({ session }, [id, ...columns]) => {
      try {
        await session.create({ data: { id: String(id), version: 1, ...named(columns) } })
        return { count: 1, rows: [] }
      } catch (error) {
        if (!isTaken(error)) throw error
        return { count: 0, rows: [] }
      }
    },
  ],
  [
    copyClocks,
    async ({ session }, [id, ...clocks]) => {
      const [expiresAt, absoluteExpiresAt] = clocks.splice(-2) as [Date, Date | null]
      const { data: _data, createdAt: _createdAt, ...columns } = named([null, null, ...clocks])
      const where = { id: String(id), endedAt: null, expiresAt, absoluteExpiresAt }
      return { ...(await session.updateMany({ where, data: columns })), rows: [] }
    },
  ],
  [
    clocksInRow,
    async ({ session }, [id]) => {
      const select = { lastSeenAt: true, expiresAt: true, absoluteExpiresAt: true } as const
      const row = await session.findFirst({ where: { id: String(id), endedAt: null }, select })
      return found(row && clocksIn(row))
    },
  ],
  [
    save,
    async ({ session }, [id, record, ...clocks]) => {
      const [before, next] = clocks.splice(-2)
      const where = { id: String(id), version: Number(before), ...live }
      const { createdAt: _createdAt, ...columns } = named([record ?? null, null, ...clocks])
      const data = { version: Number(next), ...columns }
      return { ...(await session.updateMany({ where, data })), rows: [] }
    },
  ],
  [
    remove,
    async ({ session }, [id]) => ({
      ...(await session.deleteMany({ where: { id: String(id), ...live } })),
      rows: [],
    }),
  ],
  [
    removeAt,
    async ({ session }, [id, version]) => ({
      ...(await session.deleteMany({
        where: { id: String(id), version: Number(version), ...live },
      })),
      rows: [],
    }),
  ],
])

/** Does `work` in one transaction, with the models inside of it. */
type Transact = <Result>(work: (inside: Models) => Promise<Result>) => Promise<Result>

/** Prepared statements over the doubles of Prisma's: each is one call, and so is a transaction. */
export function createStatements(models: Models, transact: Transact): Statements {
  const change = <Result extends Row>(statement: Statement<Result>, values: readonly Value[]) =>
    changeIn(models, statement, values)

  return {
    first: async (statement, values) => (await change(statement, values)).rows[0] ?? null,
    all: async (statement, values) => (await change(statement, values)).rows,
    write: change,
    transaction: <Result>(work: () => Work<Result>) =>
      transact(async (inside) => {
        const steps = work()
        let step = steps.next()
        while (!step.done)
          step = steps.next(await changeIn(inside, step.value.statement, step.value.values))
        return step.value
      }),
  }
}

async function changeIn<Result extends Row>(
  models: Models,
  statement: Statement<Result>,
  values: readonly Value[],
): Promise<Written<Result>> {
  const double = doubles.get(statement)
  if (double === undefined) {
    const missing = new Error(`There is no double of: ${statement.sql}`)
    // The code under test takes what is thrown for a database that fails, and goes on.
    setImmediate(() => {
      throw missing
    })
    throw missing
  }
  return (await double(models, values)) as Written<Result>
}

async function wholeRow({ session }: Models, [id]: readonly Value[]): Promise<Written<Row>> {
  const select = {
    epoch: true,
    endedAt: true,
    version: true,
    data: true,
    user: { select: userColumns },
  } as const
  const row = await session.findUnique({ where: { id: String(id) }, select })
  if (row === null) return found(null)
  const { user, endedAt, epoch, ...rest } = row
  const columns = { ...rest, rowEpoch: epoch, endedAt: endedAt && endedAt.getTime() }
  return found(user ? { ...asStored(user), ...columns } : { id: null, ...columns })
}

function found(row: Row | null): Written<Row> {
  return { count: row ? 1 : 0, rows: row ? [row] : [] }
}

function named([data, createdAt, lastSeenAt, expiresAt, absoluteExpiresAt]: readonly Value[]) {
  return {
    data: data as string,
    createdAt: createdAt as Date,
    lastSeenAt: lastSeenAt as Date,
    expiresAt: expiresAt as Date,
    absoluteExpiresAt: absoluteExpiresAt as Date | null,
  }
}
