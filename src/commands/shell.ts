import { hostname, userInfo } from 'node:os'
import type { ActedBy } from '../auth/audit/auth-event.ts'

/** The person at this shell, for the audit: the operating system's name for them, and the machine's. */
export function atTheShell(): ActedBy {
  return {
    actorId: null,
    sessionId: null,
    client: null,
    shell: { user: nameOfUser(), host: hostname() },
  }
}

function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown') // ENOENT: a container whose user has no name
  }
}
