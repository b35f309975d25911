import { newest } from '../auth/lists/keyset.ts'
import { actedBy } from '../auth/logins/caller.ts'
import type { User } from '../auth/users/user.ts'
import { NotFound } from '../refusals.ts'
import { EventRows } from './event-rows.tsx'
import { linkTo } from './links.ts'
import { Empty, Fact, Facts, Name } from './parts.tsx'
import { SessionRows } from './session-rows.tsx'
import { TimeAndAgo } from './times.tsx'
import { Access, Password } from './user-access.tsx'
import { Rights } from './users.tsx'
import type { GoTo, Page, View, Visit } from './visit.ts'

/** One user: their account, sessions and audit, and what staff do about them. */
export const userPage: Page = {
  show,
  acts: {
    activate: (visit) => setActive(visit, true),
    deactivate: (visit) => setActive(visit, false),
    promote: (visit) => setStaff(visit, true),
    demote: (visit) => setStaff(visit, false),
    'set-password': setPassword,
  },
}

/** How many sessions and events the page shows. The lists have the rest. */
const shown = 10

async function show(visit: Visit): Promise<View> {
  const { app, caller, staff } = visit
  const user = await find(visit)
  const now = app.now()
  const [sessions, events, own] = await Promise.all([
    app.sessions.search({ userId: user.id, status: 'ACTIVE' }, null, shown),
    app.audit.list({ userId: user.id }, newest(shown)),
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
        <div class="columns">
          <Access user={user} isOwn={user.id === staff.id} />
          <Password user={user} faults={visit.faults} />
        </div>
      </>
    ),
  }
}

async function setActive(visit: Visit, isActive: boolean): Promise<GoTo> {
  const { id } = await find(visit)
  const by = await actedBy(visit.caller)
  const { revokedCount } = await visit.app.users.setActive({ id }, isActive, by)
  const done = isActive ? 'user-activated' : 'user-deactivated'
  return { to: linkTo('user', { id, done, n: revokedCount }) }
}

async function setStaff(visit: Visit, isStaff: boolean): Promise<GoTo> {
  const { id } = await find(visit)
  await visit.app.users.setStaff({ id }, isStaff, await actedBy(visit.caller))
  return { to: linkTo('user', { id, done: isStaff ? 'user-promoted' : 'user-demoted' }) }
}

async function setPassword(visit: Visit, form: URLSearchParams): Promise<GoTo> {
  const { id } = await find(visit)
  const by = await actedBy(visit.caller)
  const password = form.get('password') ?? ''
  const { revokedCount } = await visit.app.users.setPassword({ id }, password, by)
  return { to: linkTo('user', { id, done: 'password-set', n: revokedCount }) }
}

async function find({ app, params }: Visit): Promise<User> {
  const user = await app.users.find({ id: params.get('id') ?? '' })
  if (user === null) throw new NotFound('user')
  return user
}
