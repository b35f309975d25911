import type { Database } from '../../database/database.ts'
import { isTaken } from '../../database/errors.ts'
import { addressKey } from './username.ts'

/** How many accounts it looks at together. */
const batch = 500

/**
 * Has every address that no account holds be held by the oldest account that has it: for accounts of older releases, and
 * where the holder was deleted. Held addresses stay where they are. Any number of processes may run this at once.
 */
export async function claimAddresses(db: Database): Promise<void> {
  let last: { readonly id: string; readonly dateJoined: Date } | null = null
  for (;;) {
    const users: Keyless[] = await db.user.findMany({
      where: { emailKey: null, email: { not: null }, ...(last && after(last)) },
      orderBy: [{ dateJoined: 'asc' }, { id: 'asc' }],
      take: batch,
      select: { id: true, email: true, dateJoined: true },
    })
    last = users.at(-1) ?? null
    if (last === null) return
    await claimFor(db, users)
  }
}

interface Keyless {
  readonly id: string
  readonly email: string | null
  readonly dateJoined: Date
}

async function claimFor(db: Database, users: readonly Keyless[]): Promise<void> {
  const wanted = new Map<string, string>()
  for (const { id, email } of users) {
    const key = addressKey(email ?? '')
    if (!wanted.has(key)) wanted.set(key, id)
  }
  const held = await db.user.findMany({
    where: { emailKey: { in: [...wanted.keys()] } },
    select: { emailKey: true },
  })
  for (const { emailKey } of held) wanted.delete(emailKey ?? '')
  for (const [emailKey, id] of wanted) {
    await db.user
      .updateMany({ where: { id, emailKey: null }, data: { emailKey } })
      .catch((error: unknown) => {
        if (!isTaken(error)) throw error // another process, or a registration, came first
      })
  }
}

function after({ id, dateJoined }: { readonly id: string; readonly dateJoined: Date }) {
  return { OR: [{ dateJoined: { gt: dateJoined } }, { dateJoined, id: { gt: id } }] }
}
