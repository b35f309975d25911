import type { VNode } from 'preact'
import { authEventTypes } from '../auth/audit/auth-event.ts'
import type { AuditFilter } from '../auth/audit/audit-list.ts'
import { cursorOf, parseCursor } from '../auth/lists/cursor.ts'
import { cutPage, newest } from '../auth/lists/keyset.ts'
import { EventRows, eventNames } from './event-rows.tsx'
import { FilterForm } from './filter-form.tsx'
import { linkTo, textIn } from './links.ts'
import { MeantUsers, meantBy } from './meant-users.tsx'
import { Older } from './older.tsx'
import { Choice, Empty, Field } from './parts.tsx'
import { SpanFields } from './span-fields.tsx'
import { instantOf, later, nothingBetween, readSpan, whyNoTime } from './time-span.tsx'
import type { SpanQuery, Unmatchable } from './time-span.tsx'
import { whyNoChoice } from './unknown-choice.ts'
import type { Page, View, Visit } from './visit.ts'

/** The audit, by type, user and time. */
export const auditPage: Page = { show }

const pageSize = 50

/** The choices of `when`, with the hours that each goes back. */
const spans: Readonly<Record<string, number>> = { hour: 1, day: 24, week: 168, month: 720 }
const times = {
  '': 'At any time',
  hour: 'In the last hour',
  day: 'In the last day',
  week: 'In the last week',
  month: 'In the last 30 days',
}

const types = { '': 'Anything', ...eventNames }

const choices = {
  type: { label: 'What', options: types },
  when: { label: 'When', options: times },
}

/** What the form says. */
type AuditQuery = Readonly<Record<'type' | 'user' | 'when' | keyof SpanQuery, string>>

async function show(visit: Visit<'audit' | 'users' | 'now'>): Promise<View> {
  const { desk, params } = visit
  const query = readQuery(params)
  const unmatchable = whyNone(query, desk.now())
  const wrong = unmatchable?.field ?? null
  const filter = unmatchable ? null : await filterOf(visit, query)
  const after = parseCursor('audit', params.get('after') ?? '')
  const found =
    filter === null
      ? { rows: [], cutAt: null }
      : await desk.audit.look(filter, { ...newest(pageSize + 1), after })
  const { rows, next: older } = cutPage(found.rows, pageSize, (event) => event)
  const next = older ?? found.cutAt
  return {
    title: 'Audit',
    isRefused: unmatchable !== null,
    body: (
      <>
        <FilterForm page="audit" query={query} usual={readQuery(new URLSearchParams())}>
          <Choice name="type" label="What" value={query.type} options={types} wrong={wrong} />
          <Field name="user" label="Whole username" value={query.user} />
          <Choice name="when" label="When" value={query.when} options={times} wrong={wrong} />
          <SpanFields query={query} wrong={wrong} />
        </FilterForm>
        {rows.length === 0 ? (
          <NoEvents
            query={query}
            meant={filter === null && !unmatchable ? await meantBy(desk, query.user) : null}
            isCut={found.cutAt !== null}
            unmatchable={unmatchable}
          />
        ) : (
          <div class="list">
            <EventRows events={rows} now={desk.now()} caption="Events" />
          </div>
        )}
        <Older
          next={next && linkTo('audit', { ...query, after: cursorOf('audit', next) })}
          first={params.has('after') ? linkTo('audit', query) : null}
          isCut={found.cutAt !== null}
          since={next?.at ?? null}
        />
      </>
    ),
  }
}

/** `meant`: who may be meant by a name that no user has. */
function NoEvents({
  query,
  meant,
  isCut,
  unmatchable,
}: {
  query: AuditQuery
  meant: readonly string[] | null
  isCut: boolean
  unmatchable: Unmatchable | null
}): VNode {
  if (unmatchable)
    return (
      <Empty>
        <p id="why-none">{unmatchable.why}</p>
        <p>{unmatchable.advice}</p>
      </Empty>
    )
  if (isCut)
    return (
      <Empty>
        <p>None of those that were looked at matches.</p>
        <p>The link below searches further back.</p>
      </Empty>
    )
  if (meant)
    return (
      <Empty>
        <p>There is no user of this name.</p>
        <p>
          <MeantUsers names={meant} typed={query.user} page="audit" query={query} />
        </p>
      </Empty>
    )
  return (
    <Empty>
      <p>No event matches.</p>
      <p>
        Take a field out of the filter, or see <a href={linkTo('audit')}>all events</a>.
      </p>
    </Empty>
  )
}

function readQuery(params: URLSearchParams): AuditQuery {
  const text = (name: string) => textIn(params, name)
  return {
    type: text('type'),
    user: text('user'),
    when: text('when'),
    ...readSpan(params),
  }
}

/** The instants that the query asks for: from `since` on, and before `until`. */
function spanOf({ when, from, until }: AuditQuery, now: number) {
  const hours = spans[when]
  const lately = hours === undefined ? null : new Date(now - hours * 3_600_000)
  return { since: later(lately, instantOf(from)), until: instantOf(until) }
}

/** Can no event match? Then this says why not. */
function whyNone(query: AuditQuery, now: number): Unmatchable | null {
  const noChoice = whyNoChoice(query, choices, 'event')
  if (noChoice) return noChoice
  const noTime = whyNoTime(query, { what: 'event', now })
  if (noTime) return noTime
  const { since, until } = spanOf(query, now)
  return since && until && since >= until ? nothingBetween('event') : null
}

/** Null where it names a user whom there is not. */
async function filterOf(
  { desk }: Visit<'users' | 'now'>,
  query: AuditQuery,
): Promise<AuditFilter | null> {
  const { type, user } = query
  const found = user === '' ? null : await desk.users.find({ username: user })
  if (user !== '' && found === null) return null
  const known = authEventTypes.find((name) => name === type)
  return {
    ...(known && { type: known }),
    ...(found && { userId: found.id }),
    ...spanOf(query, desk.now()),
  }
}
