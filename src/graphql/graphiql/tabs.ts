import { parse, validate } from 'graphql'
import type { GraphQLSchema } from 'graphql'

/** Who the tabs register: a new user each time the page is opened, under a password of their own. */
export interface Newcomer {
  readonly username: string
  readonly password: string
  /** What the password is changed to. */
  readonly nextPassword: string
}

/**
 * What GraphiQL opens with: one tab for each step of a first visit that `schema` has. Without a newcomer, as in production,
 * the caller is staff and signed in already: no tab makes an account or signs in, and what staff come for is first.
 */
export function tabsFor(schema: GraphQLSchema, newcomer: Newcomer | null): string[] {
  const has = (query: string) => validate(schema, parse(query)).length === 0
  const own = [sessionTab(has), devicesTab, streamTab(has), passwordTab(newcomer)]
  const ofStaff = [sessionsTab(newcomer), auditTab]
  const tabs =
    newcomer === null
      ? [...ofStaff, ...own, ...ofFeatures]
      : [registerTab(newcomer), loginTab(newcomer), ...ofFeatures, ...own, ...ofStaff]
  return [...tabs, logoutTab].filter(has)
}

/** A session as it is after the tabs before it, in the fields that the schema has. */
function sessionTab(has: (query: string) => boolean): string {
  const keys = has('{ session { keys } }') ? ' keys' : ''
  const session = `session { id isAuthenticated createdAt expiresAt${keys} }`
  const ofFeature = ['preferences { theme }', 'cart { totalQuantity }']
  const fields = ['me { username }', session, ...ofFeature.filter((field) => has(`{ ${field} }`))]
  return `query Session {\n  ${fields.join('\n  ')}\n}`
}

function registerTab({ username, password }: Newcomer): string {
  return `# Welcome to Coatcheck. Run this tab, and then
# the next ones. The browser keeps the cookie.
mutation Register {
  register(
    input: {
      username: "${username}"
      password: "${password}"
    }
  ) {
    ... on RegisterSuccess {
      user { id username }
      session { id expiresAt }
    }
    ... on Error { code message }
    ... on InvalidInputError {
      fields { path message }
    }
  }
}`
}

function loginTab({ username, password }: Newcomer): string {
  return `# Signing in changes the cookie's secret.
# What a guest stored stays.
mutation Login {
  login(
    input: {
      username: "${username}"
      password: "${password}"
      rememberMe: true
    }
  ) {
    ... on LoginSuccess {
      user { username lastLogin }
      session { expiresAt expiresAtBrowserClose }
    }
    ... on Error { code message }
  }
}`
}

const ofFeatures = [
  `mutation Preferences {
  updatePreferences(
    input: {
      theme: DARK
      locale: "en-GB"
      timeZone: "Europe/Madrid"
      currency: "EUR"
    }
  ) {
    ... on UpdatePreferencesSuccess {
      preferences { theme locale timeZone currency }
    }
    ... on InvalidInputError {
      fields { path message }
    }
  }
}`,
  `mutation Cart {
  addCartItem(input: { sku: "umbrella", quantity: 2 }) {
    ... on CartSuccess {
      cart { items { sku quantity addedAt } totalQuantity }
    }
    ... on Error { code message }
  }
}`,
  `# Django's session['greeting'] = 'hello':
# any JSON, under names of your own.
mutation Value {
  setSessionValue(key: "greeting", value: "hello") {
    ... on SessionSuccess {
      session { keys value(key: "greeting") }
    }
    ... on Error { code message }
  }
}`,
]

const devicesTab = `# Where you are signed in. revokeSession(id:) ends one
# of these, revokeOtherSessions all but this one.
query Devices {
  me {
    sessions(first: 20) {
      nodes { id device ipAddress lastSeenAt isCurrent }
    }
  }
}`

/** What a session tells its tabs, in the fields that the schema has. */
function streamTab(has: (query: string) => boolean): string {
  const cart = has('{ cart { totalQuantity } }') ? ' cart { totalQuantity }' : ''
  return `# Runs until the session ends. Open this page in another
# tab of the browser, and change something there.
subscription Stream {
  sessionEvents {
    ... on SessionChanged { session { expiresAt }${cart} }
    ... on SessionEnded { reason }
  }
}`
}

function passwordTab(newcomer: Newcomer | null): string {
  const hint =
    newcomer === null
      ? `# Write both passwords first. Your sessions on other
# devices end, and this one goes on under a new key.`
      : `# Your sessions on other devices end, and this one goes
# on under a new key. From here on the Login tab needs
# the new password.`
  return `${hint}
mutation Password {
  changePassword(
    input: {
      currentPassword: "${newcomer?.password ?? ''}"
      newPassword: "${newcomer?.nextPassword ?? ''}"
    }
  ) {
    ... on ChangePasswordSuccess { revokedCount }
    ... on Error { code message }
    ... on InvalidInputError {
      fields { path code min max }
    }
  }
}`
}

function sessionsTab(newcomer: Newcomer | null): string {
  const hint =
    newcomer === null
      ? '# For staff: who is here.'
      : `# For staff: others get FORBIDDEN. Write the user into
# the Login tab whom the server printed when it first
# started, run it, and then this one.`
  return `${hint}
query Sessions {
  sessionStats { active authenticated anonymous expired }
  sessions(first: 20, filter: { status: ACTIVE }) {
    totalCount
    nodes {
      id user { username } isCurrent
      device lastSeenAt expiresAt data
    }
    pageInfo { hasNextPage endCursor }
  }
}`
}

const auditTab = `# For staff, too: who did what to whose session.
query Audit {
  auditEvents(first: 20) {
    nodes {
      at type ipAddress detail
      actor { username }
      subject { username }
    }
    pageInfo { hasNextPage endCursor }
  }
}`

const logoutTab = `mutation Logout {
  logout { session { id isAuthenticated } }
}`
