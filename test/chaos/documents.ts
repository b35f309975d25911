import type { Asked } from './recorder.ts'

/** What a visitor or staff can ask for: a document, and how its answer is read. */
export type Document = Pick<Asked, 'kind' | 'query' | 'read'>

interface Line {
  readonly sku: string
  readonly quantity: number
}

const linesOf = (items: readonly Line[]) =>
  items.map(({ sku, quantity }) => [Number(sku.slice(1)), quantity] as const)

const error = '... on Error { code message }'

interface Result {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
}

function resultOf({ code, message }: Result) {
  return code === undefined ? { done: true } : { done: false, detail: `${code}: ${message}` }
}

/** Some have ended, and some have not. */
const inPart = { detail: 'isComplete: false' }

/** Puts a line into the cart that is named after the operation. */
export const write: Document = {
  kind: 'write',
  query: `mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on CartSuccess { cart { items { sku quantity } } } ${error} } }`,
  read: ({ addCartItem }) => ({
    ...resultOf(addCartItem),
    ...(addCartItem.cart && { sight: { lines: linesOf(addCartItem.cart.items) } }),
  }),
}

/** Looks at everything. */
export const read: Document = {
  kind: 'read',
  query: '{ me { username } session { id endReason } cart { items { sku quantity } } }',
  read: ({ me, session, cart }) => ({
    done: true,
    sight: {
      id: session.id,
      user: me?.username ?? null,
      lines: linesOf(cart.items),
      reason: session.endReason,
    },
  }),
}

/** Has the session expire after so many seconds without activity. */
export const expire: Document = {
  kind: 'expire',
  query: `mutation ($seconds: Int) { setSessionExpiry(seconds: $seconds) { __typename ${error} } }`,
  read: ({ setSessionExpiry }) => resultOf(setSessionExpiry),
}

export const login: Document = {
  kind: 'login',
  query: `mutation ($username: String!, $password: String!) { login(input: { username: $username, password: $password }) { __typename ${error} } }`,
  read: ({ login }) => resultOf(login),
}

export const changePassword: Document = {
  kind: 'change password',
  query: `mutation ($old: String!, $new: String!) { changePassword(input: { currentPassword: $old, newPassword: $new }) { __typename ${error} } }`,
  read: ({ changePassword }) => resultOf(changePassword),
}

export const logout: Document = {
  kind: 'logout',
  query: 'mutation { logout { __typename } }',
  read: () => ({ done: true }),
}

/** Ends one of the caller's own sessions. */
export const revokeOwn: Document = {
  kind: 'revoke',
  query: `mutation ($id: ID!) { revokeSession(id: $id) { __typename ${error} } }`,
  read: ({ revokeSession }) => resultOf(revokeSession),
}

/** Ends any session, as staff. */
export const revoke: Document = {
  kind: 'revoke',
  query: `mutation ($id: ID!) { revokeAnySession(id: $id) { __typename ${error} } }`,
  read: ({ revokeAnySession }) => resultOf(revokeAnySession),
}

/** Ends every session of a user, as staff. */
export const revokeUser: Document = {
  kind: 'revoke user',
  query: `mutation ($username: String!) { revokeSessions(filter: { username: $username }) { __typename ... on RevokeSessionsSuccess { isComplete } ${error} } }`,
  read: ({ revokeSessions }) =>
    revokeSessions.isComplete === false ? inPart : resultOf(revokeSessions),
}

export const revokeOthers: Document = {
  kind: 'revoke others',
  query: 'mutation { revokeOtherSessions { isComplete } }',
  read: ({ revokeOtherSessions }) => (revokeOtherSessions.isComplete ? { done: true } : inPart),
}

/** Switches a user off or on again, as staff. */
export const setActive = (active: boolean): Document => ({
  kind: active ? 'activate' : 'deactivate',
  query: `mutation ($id: ID!) { setUserActive(id: $id, active: ${active}) { __typename ${error} } }`,
  read: ({ setUserActive }) => resultOf(setUserActive),
})
