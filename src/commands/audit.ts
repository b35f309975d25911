import { authEventTypes } from '../auth/audit/auth-event.ts'
import type { AuthEvent, ShellUser } from '../auth/audit/auth-event.ts'
import { newestEvents } from '../auth/audit/newest-events.ts'
import type { NewEvent } from '../auth/audit/newest-events.ts'
import { failureFrom, failureWords } from '../auth/audit/login-failure.ts'
import { cursorOf } from '../auth/lists/cursor.ts'
import { cutPage } from '../auth/lists/keyset.ts'
import { placeOf, remarkOnMore } from './list-page.ts'
import { withParts } from './run.ts'
import { printJson, printTable } from './terminal/table.ts'
import type { Column } from './terminal/table.ts'
import { CommandError, UsageError } from './terminal/terminal.ts'
import { instant } from './terminal/text.ts'
import { noUser } from './users.ts'

type View = ReturnType<typeof viewOf>

/** The types that a reader should not pass over. */
const grave: readonly string[] = ['LOGIN_FAILED', 'LOGIN_THROTTLED']

const columns: readonly Column<View>[] = [
  { title: 'AT', text: ({ at }) => instant(at) },
  {
    title: 'TYPE',
    text: ({ type }) => type,
    style: ({ type }) => (grave.includes(type) ? 'yellow' : null),
  },
  { title: 'BY', text: byWhom, least: 8, goes: 3 },
  {
    title: 'TO',
    text: ({ subject, detail }) => subject?.username ?? detail?.username ?? '-',
    least: 8,
  },
  { title: 'ADDRESS', text: ({ ipAddress }) => ipAddress ?? '-', least: 15, goes: 2 },
  { title: 'SESSION', text: ({ sessionId }) => sessionId?.slice(0, 16) ?? '-', goes: 1 },
]

/** A column that is printed only where an event of the page has a reason. */
const why: Column<View> = { title: 'WHY', text: whyRefused, goes: 4 }

/**
 * `coatcheck audit list`: the newest events of the audit, one a line. Throws `CommandError` for a name that no user has, and
 * `UsageError` for an unknown type or a cursor of another list.
 */
export async function listAudit({
  username,
  type: given,
  since,
  until,
  after,
  limit,
  json,
}: {
  username?: string
  type?: string
  since?: Date
  until?: Date
  after?: string
  limit: number
  json?: boolean
}): Promise<void> {
  const type = given === undefined ? null : typeOf(given)
  const place = placeOf('audit', after)
  await withParts(['db', 'users'], async ({ db, users }, configured) => {
    const user = username === undefined ? null : await users.find({ username })
    if (username !== undefined && user === null)
      throw new CommandError(noUser(username, configured))
    const options = { userId: user?.id, type, since, until, after: place, take: limit + 1 }
    const page = cutPage(await newestEvents(db, options), limit, (event) => event)
    const views = page.rows.map((event) => ({
      ...viewOf(event),
      cursor: cursorOf('audit', event),
    }))
    if (json) return printJson(views)
    printTable(views.some((view) => whyRefused(view) !== '-') ? [...columns, why] : columns, views)
    remarkOnMore('audit', page)
  })
}

function typeOf(given: string): AuthEvent['type'] {
  const wanted = given.toUpperCase().replaceAll('-', '_')
  const type = authEventTypes.find((name) => name === wanted)
  if (type === undefined)
    throw new UsageError(`There is no type ${given}. There are ${authEventTypes.join(', ')}.`)
  return type
}

/** What is printed of an event. */
function viewOf({ detail, ...event }: NewEvent) {
  return { ...event, detail: detail === null ? null : (JSON.parse(detail) as Detail) }
}

interface Detail {
  readonly username?: string
  readonly reason?: string
  readonly shell?: ShellUser
  readonly application?: true
}

function byWhom({ actor, detail }: View): string {
  if (actor !== null) return actor.username
  const { shell, application } = detail ?? {}
  if (shell !== undefined) return `${shell.user}@${shell.host}`
  return application ? 'application' : '-'
}

function whyRefused({ type, detail }: View): string {
  const failure = type === 'LOGIN_FAILED' ? failureFrom(detail?.reason) : null
  return failure === null ? '-' : failureWords[failure]
}
