import type { VNode } from 'preact'
import type { AuthEvent } from '../auth/audit/auth-event.ts'
import { newest } from '../auth/lists/keyset.ts'
import type { SessionTally } from '../auth/sessions/session-search.ts'
import { Chart } from './chart.tsx'
import type { ChartData } from './chart.tsx'
import { ChartNumbers } from './chart-numbers.tsx'
import { EventRows } from './event-rows.tsx'
import { linkTo } from './links.ts'
import type { PageParts } from './desk-parts.ts'
import { healthOf, HealthList } from './health.tsx'
import type { HealthParts } from './health.tsx'
import { figure } from '../numbers.ts'
import { Empty } from './parts.tsx'
import { signOut } from './sign-in.tsx'
import type { Page, View, Visit } from './visit.ts'

/** What is going on now. */
export const homePage: Page = { show, acts: { 'sign-out': signOut } }

const hour = 3_600_000
const day = 24 * hour

/** What the charts count, each in one. */
const series: readonly {
  readonly name: string
  readonly types: readonly AuthEvent['type'][]
  readonly isBad: boolean
  readonly note?: string
}[] = [
  { name: 'Sign-ins', types: ['LOGIN'], isBad: false },
  { name: 'Sign-ins refused', types: ['LOGIN_FAILED'], isBad: true },
  {
    name: 'Sign-ins slowed down',
    types: ['LOGIN_THROTTLED'],
    isBad: true,
    note: 'One a minute is counted for each network. The log has all.',
  },
  {
    name: 'Sign-outs and endings',
    types: [
      'LOGOUT',
      'SESSION_REVOKED',
      'SESSIONS_REVOKED',
      'PASSWORD_CHANGED',
      'USER_DEACTIVATED',
      'USER_DELETED',
    ],
    isBad: false,
  },
]

async function show({
  desk,
}: Visit<keyof HealthParts | 'sessions' | 'audit' | 'now'>): Promise<View> {
  const now = desk.now()
  const [tally, charts, events, health] = await Promise.all([
    desk.sessions.tally(),
    countSeries(desk.audit, now),
    desk.audit.list({}, newest(10)),
    healthOf(desk),
  ])
  return {
    title: 'Now',
    body: (
      <>
        <Figures tally={tally} recordsAreRows={desk.recordsAreRows} />
        <section class="panel" aria-label="Health">
          <HealthList health={health} now={now} />
        </section>
        <Charts heading="The last 24 hours" charts={charts.map(({ byHour }) => byHour)} />
        <Charts heading="The last 7 days" charts={charts.map(({ byDay }) => byDay)} />
        <h2>Newest events</h2>
        {events.length === 0 ? (
          <Empty>
            <p>Nothing has happened yet.</p>
            <p>The first sign-in will be the first event.</p>
          </Empty>
        ) : (
          <div class="list">
            <EventRows events={events} now={now} caption="Newest events" />
          </div>
        )}
        <p class="below">
          <a href={linkTo('audit')}>All events</a>
        </p>
      </>
    ),
  }
}

async function countSeries(audit: PageParts['audit'], now: number) {
  const stepsOf = (length: number, count: number) => {
    const end = Math.floor(now / length) * length + length
    return Array.from({ length: count }, (_, at) => ({
      from: end - (count - at) * length,
      until: end - (count - at - 1) * length,
    }))
  }
  const [hours, days] = [stepsOf(hour, 24), stepsOf(day, 7)]
  return Promise.all(
    series.map(async ({ types, ...said }) => ({
      byHour: {
        ...said,
        unit: 'hour' as const,
        steps: hours,
        counts: await audit.tally(types, hours),
      },
      byDay: {
        ...said,
        unit: 'day' as const,
        steps: days,
        counts: await audit.tally(types, days),
      },
    })),
  )
}

interface FiguresProps {
  readonly tally: SessionTally
  readonly recordsAreRows: boolean
}

function Figures({ tally, recordsAreRows }: FiguresProps): VNode {
  const { signedIn, guests, isMore } = tally
  // The rows of guests may still be there while they move to another engine.
  const countsGuests = recordsAreRows || guests > 0
  const figures = [
    { name: 'Active sessions', count: signedIn + guests, kind: '' },
    { name: 'Signed in', count: signedIn, kind: 'signed-in' },
    ...(countsGuests ? [{ name: 'Guests', count: guests, kind: 'guests' }] : []),
  ]
  return (
    <ul class="figures">
      {figures.map(({ name, count, kind }) => (
        <li key={name}>
          <a href={linkTo('sessions', { kind })}>
            <b>
              {figure(count)}
              {isMore && '+'}
            </b>{' '}
            <span>{name}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

function Charts({ heading, charts }: { heading: string; charts: readonly ChartData[] }): VNode {
  return (
    <section class="panel">
      <h2>{heading}</h2>
      <div class="charts">
        {charts.map((chart) => (
          <Chart key={chart.name} chart={chart} />
        ))}
      </div>
      <ChartNumbers heading={heading} charts={charts} />
    </section>
  )
}
