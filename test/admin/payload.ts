import type { Database } from '../../src/database/database.ts'

/** Markup that runs, where it is not taken for text. */
export const payload = '"><img src=x onerror=alert(1)><script>alert(2)</script>'

/** What was planted: the pages that show it, and a way to be rid of it. */
export interface Planted {
  readonly queries: readonly string[]
  remove(): Promise<void>
}

/** Plants it wherever a visitor's words are kept: names, addresses, devices, values, and what the audit says. */
export async function plantPayload(db: Database): Promise<Planted> {
  // No registration lets such a name in. An import, or a host, might.
  const user = await db.user.create({
    data: { username: payload, usernameKey: payload, email: payload, passwordHash: '!' },
  })
  const id = 'b'.repeat(64)
  const at = new Date()
  const data = { values: { [payload]: payload, '</pre>': '<!--' } }
  const record = { auth: { userId: user.id, epoch: 0, backend: payload }, data, expiry: null }
  const clocks = {
    createdAt: at.getTime(),
    lastSeenAt: at.getTime(),
    expiresAt: at.getTime() + 1e6,
  }
  await db.session.create({
    data: {
      id,
      userId: user.id,
      epoch: 0,
      createdAt: at,
      lastSeenAt: at,
      expiresAt: new Date(at.getTime() + 1e6),
      userAgent: payload,
      ipAddress: payload,
      data: JSON.stringify({ ...record, ...clocks, absoluteExpiresAt: null }),
    },
  })
  await db.auditEvent.create({
    data: {
      type: payload,
      subjectId: user.id,
      sessionId: id,
      ipAddress: payload,
      detail: JSON.stringify({
        backend: payload,
        shell: { user: payload },
        filter: { x: payload },
        count: 1,
        sessions: [payload],
      }),
    },
  })
  const encoded = encodeURIComponent(payload)
  const queries = [
    '?page=home',
    '?page=sessions&status=ANY',
    `?page=sessions&user=${encoded}&address=${encoded}&browser=${encoded}&status=${encoded}&after=${encoded}`,
    `?page=session&id=${id}`,
    '?page=users',
    `?page=users&search=${encoded}`,
    `?page=user&id=${user.id}`,
    '?page=audit',
    `?page=audit&type=${encoded}&user=${encoded}&when=${encoded}`,
    `?page=${encoded}&done=${encoded}&n=${encoded}`,
  ]
  const remove = async () => void (await db.user.delete({ where: { id: user.id } }))
  return { queries, remove }
}
