import type { VNode } from 'preact'
import type { InspectedSession } from '../auth/sessions/session-inspection.ts'
import { endedAtOf, isAlive } from '../auth/roster/why-ended.ts'
import { NotFound } from '../refusals.ts'
import { History, historyOf } from './session-history.tsx'
import { linkTo } from './links.ts'
import { Fact, Facts, UserLink } from './parts.tsx'
import { Held } from './session-content.tsx'
import { sessionIdIn } from './session-id.ts'
import { Device, Status } from './session-rows.tsx'
import { TimeAndAgo } from './times.tsx'
import type { GoTo, Page, View, Visit } from './visit.ts'

/** One session: who, where, its clocks, what it holds, and what happened in it. */
export const sessionPage: Page = { show, acts: { end } }

async function show(visit: Visit<'sessions' | 'audit' | 'keepsRecords' | 'now'>): Promise<View> {
  const { desk, caller } = visit
  const id = sessionIdIn(visit.params)
  const session = await desk.sessions.inspect(id)
  if (session === null) throw new NotFound('session')
  const now = desk.now()
  const isOwn = id === (await caller.session.id())
  return {
    title: `Session ${id.slice(0, 12)}`,
    body: (
      <>
        <section class="panel">
          <Facts>
            <Fact name="Status">
              <Status row={session} now={now} /> {isOwn && <span class="badge warn">Yours</span>}
            </Fact>
            <Fact name="User">
              <UserLink user={session.user} none="Guest" />
            </Fact>
            <Fact name="Device">
              <Device userAgent={session.userAgent} />
              {!session.isListed && (
                <>
                  {' '}
                  <span class="faint">(this engine writes no list of guests)</span>
                </>
              )}
            </Fact>
            <Fact name="Address">
              {session.ipAddress === null ? (
                'Unknown'
              ) : (
                <a href={linkTo('sessions', { address: session.ipAddress, status: 'ANY' })}>
                  {session.ipAddress}
                </a>
              )}
            </Fact>
            <Clocks session={session} now={now} />
          </Facts>
          {isAlive(session, now) && (
            <p class="actions">
              <a href={linkTo('end-session', { id })} class="button danger">
                End this session…
              </a>
            </p>
          )}
        </section>
        <section class="panel">
          <h2>What it holds</h2>
          <Held session={session} keepsRecords={desk.keepsRecords} now={now} />
        </section>
        <section class="panel">
          <h2>What happened in it</h2>
          <History visit={visit} session={session} events={await historyOf(visit.desk, session)} />
        </section>
        <section class="panel">
          <h2>In the log and the audit</h2>
          <Facts>
            <Fact name="Id of the session" isBroad={true}>
              <code>{id}</code>
            </Fact>
            <Fact name="User agent" isBroad={true}>
              <bdi>{session.userAgent ?? 'Unknown'}</bdi>
            </Fact>
          </Facts>
        </section>
      </>
    ),
  }
}

async function end(visit: Visit<'sessions'>): Promise<GoTo> {
  const id = sessionIdIn(visit.params)
  try {
    await visit.desk.sessions.revokeFor(visit.caller, id)
    return { to: linkTo('session', { id, done: 'session-ended' }) }
  } catch (error) {
    const isThere = error instanceof NotFound && (await visit.desk.sessions.find(id)) !== null
    if (!isThere) throw error
    return { to: linkTo('session', { id, done: 'session-was-over' }) } // another was faster
  }
}

function Clocks({ session, now }: { session: InspectedSession; now: number }): VNode {
  const { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt } = session
  const endedAt = endedAtOf(session)
  const clocks: [string, Date | null][] = [
    ['Began', createdAt],
    ['Last seen', lastSeenAt],
    [endedAt ? 'Would have expired' : 'Expires without activity', expiresAt],
    ['Expires in any case', endedAt ? null : absoluteExpiresAt],
    ['Ended', endedAt],
  ]
  return (
    <>
      {clocks.map(
        ([name, at]) =>
          at && (
            <Fact key={name} name={name}>
              <TimeAndAgo at={at} now={now} />
            </Fact>
          ),
      )}
    </>
  )
}
