import type { VNode } from 'preact'
import { cursorOf, parseCursor } from '../auth/lists/cursor.ts'
import type { User } from '../auth/users/user.ts'
import { NotFound } from '../refusals.ts'
import { Cell } from './cell.tsx'
import type { PageParts } from './desk-parts.ts'
import { linkTo } from './links.ts'
import { Older } from './older.tsx'
import { Empty, Field, Name, UserLink } from './parts.tsx'
import { Ago } from './times.tsx'
import type { Page, View, Visit } from './visit.ts'

/** The list of users, by a part of a name or address. */
export const usersPage: Page = { show }

const pageSize = 50

async function show({ desk, params }: Visit<'users' | 'now'>): Promise<View> {
  const search = (params.get('search') ?? '').trim()
  const after = parseCursor('users', params.get('after') ?? '')
  const found = await desk.users.search(search === '' ? null : search, after, pageSize)
  const exact = search === '' || after !== null ? null : await desk.users.find({ username: search })
  // Of a million users the one who is meant may be further back than a page looks.
  const others = found.rows.filter(({ id }) => id !== exact?.id)
  const rows = exact ? [exact, ...others] : others
  const { next, isCut } = found
  return {
    title: 'Users',
    body: (
      <>
        <form method="get" action={linkTo('users')} class="panel filter short" role="search">
          <input type="hidden" name="page" value="users" />
          <Field name="search" label="Part of a username or e-mail address" value={search} />
          <p class="actions">
            <button class="main">Search</button>
            <a href={linkTo('users')}>Clear</a>
            <a href={linkTo('new-user')} class="button apart">
              Make a user
            </a>
          </p>
        </form>
        {rows.length === 0 ? (
          <Empty>
            <p>{isCut ? 'None of those that were looked at matches.' : 'No user matches.'}</p>
            <p>
              {isCut ? (
                'The link below searches further back.'
              ) : (
                <>
                  Search for a shorter part, see <a href={linkTo('users')}>all users</a>, or{' '}
                  <a href={linkTo('new-user')}>make a user</a>.
                </>
              )}
            </p>
          </Empty>
        ) : (
          <div class="list">
            <UserRows users={rows} now={desk.now()} />
          </div>
        )}
        <Older
          next={next && linkTo('users', { search, after: cursorOf('users', next) })}
          first={params.has('after') ? linkTo('users', { search }) : null}
          isCut={isCut}
          since={next?.at ?? null}
        />
      </>
    ),
  }
}

function UserRows({ users, now }: { users: readonly User[]; now: number }): VNode {
  return (
    <table>
      <caption class="visually-hidden">Users</caption>
      <thead>
        <tr>
          <th scope="col">User</th>
          <th scope="col">E-mail</th>
          <th scope="col">Rights</th>
          <th scope="col">Joined</th>
          <th scope="col">Last sign-in</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr key={user.id}>
            <th scope="row">
              <UserLink user={user} none="" />
            </th>
            <Cell of="E-mail">
              {user.email ? <Name text={user.email} /> : <span class="faint">None</span>}
            </Cell>
            <Cell of="Rights">
              <Rights user={user} />
            </Cell>
            <Cell of="Joined">
              <Ago at={user.dateJoined} now={now} />
            </Cell>
            <Cell of="Last sign-in">
              {user.lastLogin ? (
                <Ago at={user.lastLogin} now={now} />
              ) : (
                <span class="faint">Never</span>
              )}
            </Cell>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The user whose id an address has. Throws `NotFound` where there is none. */
export async function userIn(
  { users }: Pick<PageParts, 'users'>,
  params: URLSearchParams,
): Promise<User> {
  const user = await users.find({ id: params.get('id') ?? '' })
  if (user === null) throw new NotFound('user')
  return user
}

/** Whether a user is staff, and whether they may sign in. */
export function Rights({ user }: { user: User }): VNode {
  return (
    <>
      {user.isStaff && <span class="badge warn">Staff</span>}{' '}
      {user.isActive ? (
        <span class="badge good">Active</span>
      ) : (
        <span class="badge bad">Deactivated</span>
      )}
    </>
  )
}
