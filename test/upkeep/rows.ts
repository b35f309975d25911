import type { Database } from '../../src/database/database.ts'

/** Adds guests' sessions that expire at this instant, in milliseconds since 1970. */
export async function plantSessions(db: Database, count: number, expiresAt: number): Promise<void> {
  const at = new Date(expiresAt)
  const clocks = { createdAt: at, lastSeenAt: at, expiresAt: at }
  await db.session.createMany({
    data: Array.from({ length: count }, (_, n) => ({
      id: `${expiresAt}-${n}`,
      ...clocks,
      data: '{}',
      version: 1,
    })),
  })
}
