import { z } from 'zod'
import { readDjangoHash } from '../passwords/django-password.ts'
import { emailFaults, usernameFaults } from '../users/user.ts'
import type { UserColumns } from '../users/new-user.ts'

/** One entry of `dumpdata auth.user`: an account, or what is wrong with it. */
export type DjangoUser =
  | { readonly user: UserColumns }
  | { readonly username: string | null; readonly faults: readonly string[] }

/** The `fields` of an entry as an account. Superusers are staff; an unusable password stays one. */
export function readDjangoUser(fields: unknown): DjangoUser {
  const parsed = fieldsSchema.safeParse(fields)
  if (!parsed.success) {
    const username = named.safeParse(fields).data?.username ?? null
    return { username, faults: parsed.error.issues.map(faultOf) }
  }
  const { password, is_active: isActive, is_staff, is_superuser } = parsed.data
  const email = parsed.data.email === '' ? null : parsed.data.email
  // A site's own user model may name its users by their addresses alone.
  const username = parsed.data.username ?? email
  if (username === null) return { username, faults: ['username: There is none, and no email.'] }
  const faults = [...usernameFaults(username), ...emailFaults(email)].map(faultOf)
  if (!isKnown(password)) faults.push('password: Not a hash that can be checked.')
  if (faults.length > 0) return { username, faults }
  return {
    user: {
      username,
      email,
      passwordHash: password.startsWith('!') ? '!' : password,
      isActive,
      isStaff: is_staff || is_superuser,
      ...(parsed.data.date_joined && { dateJoined: parsed.data.date_joined }),
      lastLogin: parsed.data.last_login,
    },
  }
}

/** A site without USE_TZ writes no offset: this takes it for UTC. */
const instant = z.iso
  .datetime({ offset: true, local: true, error: 'Not a date and time.' })
  .transform((text) => new Date(/Z|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`))

const named = z.object({ username: z.string() })

const fieldsSchema = z.object({
  username: z.string().optional(),
  password: z.string(),
  email: z.string().nullable().default(null),
  is_active: z.boolean().default(true),
  is_staff: z.boolean().default(false),
  is_superuser: z.boolean().default(false),
  date_joined: instant.optional(),
  last_login: instant.nullable().default(null),
})

/** Django writes `!` for a user who cannot sign in with a password. No hash begins so, and no password matches it. */
function isKnown(password: string): boolean {
  return password.startsWith('!') || readDjangoHash(password, async () => false) !== null
}

function faultOf({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  return `${path.map(String).join('.') || 'fields'}: ${message}`
}
