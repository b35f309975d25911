import { newest } from '../auth/lists/keyset.ts'
import { EventRows } from './event-rows.tsx'
import { linkTo } from './links.ts'
import { Empty, Fact, Facts, Name } from './parts.tsx'
import { SessionRows } from './session-rows.tsx'
import { TimeAndAgo } from './times.tsx'
import { Access } from './user-access.tsx'
import { Rights, userIn } from './users.tsx'
import type { Page, View, Visit } from './visit.ts'

/** One user: their account, sessions and audit, and what staff do about them. */
export const userPage: Page = { show }

/** How many sessions and events the page shows. The lists have the rest. */
const shown = 10

async function show(visit: Visit<'users' | 'sessions' | 'audit' | 'now'>): Promise<View> {
  const { desk, caller, staff } = visit
  const user = await userIn(desk, visit.params)
  const now = desk.now()
  const [sessions, events, own] = await Promise.all([
    desk.sessions.search({ userId: user.id, status: 'ACTIVE' }, null, shown),
    desk.audit.list({ userId: user.id }, newest(shown)),
    caller.session.id(),
  ])
  return {
    title: user.username,
    body: (
      <>
        <section class="panel">
          <Facts>
            <Fact name="Rights">
              <Rights user={user} />
            </Fact>
            <Fact name="E-mail">{user.email === null ? 'None' : <Name text={user.email} />}</Fact>
            <Fact name="Joined">
              <TimeAndAgo at={user.dateJoined} now={now} />
            </Fact>
            <Fact name="Last sign-in">
              {user.lastLogin ? <TimeAndAgo at={user.lastLogin} now={now} /> : 'Never'}
            </Fact>
          </Facts>
        </section>
        <h2>Signed in now</h2>
        {sessions.rows.length === 0 ? (
          <Empty>
            <p>This user is signed in nowhere.</p>
            <p>The link below leads to the sessions that are over.</p>
          </Empty>
        ) : (
          <div class="list">
            <SessionRows
              rows={sessions.rows}
              now={now}
              own={own}
              isOfOne={true}
              caption="Sessions of the user"
            />
          </div>
        )}
        <p class="below">
          <a href={linkTo('sessions', { user: user.username, status: 'ANY' })}>
            All their sessions
          </a>
        </p>
        <h2>What they did, and what happened to them</h2>
        {events.length === 0 ? (
          <Empty>
            <p>The audit does not name this user.</p>
          </Empty>
        ) : (
          <div class="list">
            <EventRows events={events} now={now} caption="Events of the user" />
          </div>
        )}
        <p class="below">
          <a href={linkTo('audit', { user: user.username })}>All their events</a>
        </p>
        <Access user={user} isOwn={user.id === staff.id} />
      </>
    ),
  }
}
