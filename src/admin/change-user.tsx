import { actedBy } from '../auth/logins/caller.ts'
import { NotFound } from '../refusals.ts'
import { linkTo } from './links.ts'
import { Fact, Facts, UserLink } from './parts.tsx'
import { TimeAndAgo } from './times.tsx'
import { changes, isChange } from './user-changes.tsx'
import { Rights, userIn } from './users.tsx'
import type { GoTo, Page, View, Visit } from './visit.ts'

/** Asks whether a user is to be changed, says what that does, and changes them. `to` of its address says how. */
export const changeUserPage: Page = {
  show,
  acts: {
    activate: (visit) => setActive(visit, true),
    deactivate: (visit) => setActive(visit, false),
    promote: (visit) => setStaff(visit, true),
    demote: (visit) => setStaff(visit, false),
    'set-password': setPassword,
  },
}

/** How many sessions are counted at the most. A user with more has a program that opens them. */
const enough = 100

const none = { count: 0, isMore: false }

async function show({
  desk,
  params,
  staff,
  faults,
}: Visit<'users' | 'sessions' | 'now'>): Promise<View> {
  const user = await userIn(desk, params)
  const to = params.get('to') ?? ''
  if (!isChange(to)) throw new NotFound('page')
  const { asks, button, isDangerous, endsSessions, isDone, What } = changes[to]
  const here = linkTo('user', { id: user.id })
  const isOwn = user.id === staff.id && to !== 'set-password'
  const changesNothing = isOwn || isDone(user)
  const { count, isMore } =
    endsSessions && !changesNothing
      ? await desk.sessions.preview({ userId: user.id, status: 'ACTIVE' }, { own: null, enough })
      : none
  return {
    title: changesNothing ? 'Nothing to change' : `${asks} ${user.username}?`,
    body: (
      <form method="post" action={linkTo('change-user', { id: user.id, to })} class="panel">
        <Facts>
          <Fact name="User">
            <UserLink user={user} none="" />
          </Fact>
          <Fact name="Rights">
            <Rights user={user} />
          </Fact>
          <Fact name="Last sign-in">
            {user.lastLogin ? <TimeAndAgo at={user.lastLogin} now={desk.now()} /> : 'Never'}
          </Fact>
        </Facts>
        {changesNothing ? (
          <>
            <p>
              {isOwn
                ? 'This is you. Another member of staff can change your rights.'
                : 'That is so already.'}
            </p>
            <p>
              <a href={here}>Back to the user</a>
            </p>
          </>
        ) : (
          <>
            <What sessions={count} isMore={isMore} faults={faults} />
            <p class="actions">
              <button name="do" value={to} class={isDangerous ? 'danger' : 'main'}>
                {button}
              </button>
              <a href={here}>Change nothing</a>
            </p>
          </>
        )}
      </form>
    ),
  }
}

async function setActive(visit: Visit<'users'>, isActive: boolean): Promise<GoTo> {
  const { desk, params, caller } = visit
  const { id } = await userIn(desk, params)
  const { revokedCount } = await desk.users.setActive({ id }, isActive, await actedBy(caller))
  const done = isActive ? 'user-activated' : 'user-deactivated'
  return { to: linkTo('user', { id, done, n: revokedCount }) }
}

async function setStaff({ desk, params, caller }: Visit<'users'>, isStaff: boolean): Promise<GoTo> {
  const { id } = await userIn(desk, params)
  await desk.users.setStaff({ id }, isStaff, await actedBy(caller))
  return { to: linkTo('user', { id, done: isStaff ? 'user-promoted' : 'user-demoted' }) }
}

async function setPassword(
  { desk, params, caller }: Visit<'users'>,
  form: URLSearchParams,
): Promise<GoTo> {
  const { id } = await userIn(desk, params)
  const password = form.get('password') ?? ''
  const { revokedCount } = await desk.users.setPassword({ id }, password, await actedBy(caller))
  return { to: linkTo('user', { id, done: 'password-set', n: revokedCount }) }
}
