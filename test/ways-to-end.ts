import { pageClient } from './admin/client.ts'
import { loginDocument } from './harness.ts'
import type { Visitor } from './harness.ts'
import type { Run } from './process.ts'

const change =
  'mutation ($old: String!) { changePassword(input: { currentPassword: $old, newPassword: "another horse, another staple" }) { __typename } }'

/** Whose session ends, and who may end it. */
export interface Scene {
  readonly user: Visitor
  /** The same user on another device; without a session where `user` is a guest. */
  readonly laptop: Visitor
  /** Staff, whose name is `admin`, and whose password is that of all users. */
  readonly staff: Visitor
  readonly password: string
  readonly username: string
  /** The id of the user; empty for a guest. */
  readonly me: string
  readonly session: string
  /** What the user agent has of the request that began the session, and of no other. */
  readonly agent: string
  /** Where a server is, such as http://127.0.0.1:4000. */
  readonly server: string
  /** Runs a command of the shell beside the servers. */
  shell(...words: string[]): Promise<Run>
}

/** A way in which a session ends. */
export interface WayToEnd {
  /** Who or what ends it. */
  readonly by: string
  /** The reason that its streams give. */
  readonly reason: string
  /** Is it a guest's session? Otherwise it is that of a user. */
  readonly isGuest?: true
  /** Does it need a list of guests, which an engine without rows of them does not have? */
  readonly needsList?: true
  /** Ends it, and gives the answers to that: each has a `__typename` that ends with `Success`. */
  end(scene: Scene): Promise<Record<string, { readonly __typename: string }>>
  /** How many milliseconds after its last request the session is over; left out: at once. */
  readonly after?: number
  /** May a stream that looks late break off, because no row is left that says why? */
  readonly mayBreakOff?: true
}

const id = (field: string) => `mutation ($id: ID!) { ${field}(id: $id) { __typename } }`

/** The ways of visitors and staff that name no user, by a request. */
const ofAll: readonly WayToEnd[] = [
  {
    by: 'its logout',
    reason: 'LOGOUT',
    end: ({ user }) => user.data('mutation { logout { __typename } }'),
  },
  {
    by: 'a login as another user in its browser',
    reason: 'REPLACED',
    end: ({ user, password }) => user.data(loginDocument, { username: 'admin', password }),
  },
  {
    by: 'staff',
    reason: 'REVOKED',
    end: ({ staff, session }) => staff.data(id('revokeAnySession'), { id: session }),
  },
  {
    by: 'staff, by a form of /admin',
    reason: 'REVOKED',
    async end({ staff, session, server }) {
      const client = pageClient(`${server}/admin`)
      client.cookie = `sessionid=${staff.cookie}`
      const { status } = await client.post(`?page=session&id=${session}`, { do: 'end' })
      return { form: { __typename: status === 303 ? 'Success' : `answered ${status}` } }
    },
  },
]

/** The ways of visitors and staff, by a request. */
const byRequest: readonly WayToEnd[] = [
  ...ofAll,
  {
    by: 'staff, by a filter',
    reason: 'REVOKED',
    end: ({ staff, me }) =>
      staff.data('mutation ($id: ID!) { revokeSessions(filter: { userId: $id }) { __typename } }', {
        id: me,
      }),
  },
  {
    by: 'its user elsewhere, by its id',
    reason: 'REVOKED',
    end: ({ laptop, session }) => laptop.data(id('revokeSession'), { id: session }),
  },
  {
    by: 'its user elsewhere, with all others',
    reason: 'REVOKED',
    end: ({ laptop }) => laptop.data('mutation { revokeOtherSessions { __typename } }'),
  },
  {
    by: 'a change of password elsewhere',
    reason: 'PASSWORD_CHANGED',
    end: ({ laptop, password: old }) => laptop.data(change, { old }),
  },
  {
    by: 'the deactivation of its user',
    reason: 'USER_DEACTIVATED',
    end: ({ staff, me }) =>
      staff.data('mutation ($id: ID!) { setUserActive(id: $id, active: false) { __typename } }', {
        id: me,
      }),
  },
]

/** How long the session lasts that ends by itself, in seconds: each stream must see that before, also on a busy machine. */
export const shortly = 4

const byShell: WayToEnd = {
  by: 'the shell',
  reason: 'REVOKED',
  end: async ({ shell, session }) => outcome(await shell('sessions', 'revoke', session, '--yes')),
}

const byTime: WayToEnd = {
  by: 'its time',
  reason: 'EXPIRED',
  after: shortly * 1000 + 500,
  end: ({ user }) => user.data(`mutation { setSessionExpiry(seconds: ${shortly}) { __typename } }`),
}

/** The ways that take seconds: a program that starts, and time. */
const slower: readonly WayToEnd[] = [
  byShell,
  {
    by: 'the deletion of its user by the shell',
    reason: 'USER_DEACTIVATED',
    mayBreakOff: true,
    end: async ({ shell, username }) => outcome(await shell('users', 'delete', username, '--yes')),
  },
  byTime,
]

/** The same for the session of a guest, which no change of a user ends. */
const guestsByRequest: readonly WayToEnd[] = [
  ...ofAll.map(ofGuest),
  {
    by: 'staff, by a filter, of a guest where guests are listed',
    reason: 'REVOKED',
    isGuest: true,
    needsList: true,
    end: ({ staff, agent }) =>
      staff.data(
        'mutation ($agent: String!) { revokeSessions(filter: { userAgentContains: $agent }) { __typename } }',
        { agent },
      ),
  },
]

/** Every way: by a request, by a program, and by itself; and those of a guest's session. */
export const waysToEnd = {
  byRequest,
  byShell,
  all: [...byRequest, ...slower],
  ofGuests: {
    byRequest: guestsByRequest,
    all: [...guestsByRequest, ofGuest(byShell), ofGuest(byTime)],
  },
}

function ofGuest(way: WayToEnd): WayToEnd {
  return { ...way, by: `${way.by}, of a guest`, isGuest: true }
}

function outcome({ code, errors }: Run) {
  return { command: { __typename: code === 0 ? 'Success' : `ended with ${code}: ${errors}` } }
}
