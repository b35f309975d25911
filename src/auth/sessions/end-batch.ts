import type { Database } from '../../database/database.ts'
import type { SessionCondition } from './end-rows.ts'

/** A session's place among the others, the newest of which comes first. */
export interface Position {
  readonly id: string
  readonly createdAt: Date
}

/** Which sessions one statement ends. */
export interface Batch {
  /** What the statement asks for, beside what matches. */
  readonly conditions: readonly SessionCondition[]
  /** Its last session; null where it has all that are left. */
  readonly last: Position | null
}

/** Where a batch begins, and how large it is. */
export interface BatchOptions {
  /** The last session of the batch before. */
  readonly after: Position | null
  readonly rows: number
  /** How many are left, as far as it is known. */
  readonly left: number
}

/**
 * The next sessions of those that `living` matches. They are named by the first and the last of them: a list of their ids
 * would cost Prisma and the database more than the end itself.
 */
export async function nextBatch(
  db: Pick<Database, 'session'>,
  living: SessionCondition,
  { after, rows, left }: BatchOptions,
): Promise<Batch> {
  const rest = after ? behind(after) : []
  if (left < rows) return { conditions: rest, last: null }
  const last = await db.session.findFirst({
    where: { AND: [living, ...rest] },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    skip: rows - 1,
    select: { id: true, createdAt: true },
  })
  return { conditions: last ? [...rest, ...upTo(last)] : rest, last }
}

/** The first bound lets the database begin there: see `within` in keyset.ts. */
function behind({ id, createdAt }: Position): SessionCondition[] {
  return [
    { createdAt: { lte: createdAt } },
    { OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }] },
  ]
}

function upTo({ id, createdAt }: Position): SessionCondition[] {
  return [
    { createdAt: { gte: createdAt } },
    { OR: [{ createdAt: { gt: createdAt } }, { id: { gte: id } }] },
  ]
}
