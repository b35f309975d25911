import { createHash } from 'node:crypto'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'

/** What GraphiQL opens with: one tab for each step of a first visit. */
export const tabs = [
  `# Welcome to Coatcheck. Run this tab, then the next ones.
# The browser keeps the session's cookie for you.
mutation Register {
  register(
    input: { username: "ada", password: "correct horse battery" }
  ) {
    ... on RegisterSuccess {
      user { id username }
      session { id expiresAt }
    }
    ... on Error { code message }
    ... on InvalidInputError { fields { path message } }
  }
}`,
  `# Signing in changes the cookie's secret.
# What a guest stored stays.
mutation Login {
  login(
    input: {
      username: "ada"
      password: "correct horse battery"
      rememberMe: true
    }
  ) {
    ... on LoginSuccess {
      user { username lastLogin }
      session { expiresAt expiresAtBrowserClose }
    }
    ... on Error { code message }
  }
}`,
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
    ... on InvalidInputError { fields { path message } }
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
    ... on SessionSuccess { session { keys value(key: "greeting") } }
    ... on Error { code message }
  }
}`,
  `query Session {
  me { username }
  session { id isAuthenticated createdAt expiresAt keys }
  preferences { theme }
  cart { totalQuantity }
}`,
  `# For staff: sign in as the user that the server
# printed when it first started.
query Sessions {
  sessionStats { active authenticated anonymous expired }
  sessions(first: 20, filter: { status: ACTIVE }) {
    totalCount
    nodes {
      id
      user { username }
      device
      lastSeenAt
      expiresAt
      isCurrent
      data
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
  `mutation Logout {
  logout { session { id isAuthenticated } }
}`,
]

/** The GraphiQL page and the Content-Security-Policy that it needs. */
export interface Page {
  readonly html: string
  readonly policy: string
}

/** The GraphiQL page, whole: it asks no other server for anything, and runs no script but its own. */
export function graphiqlPage(): Page {
  const html = renderGraphiQL({
    title: 'Coatcheck',
    endpoint: '/graphql',
    credentials: 'same-origin',
    defaultTabs: tabs.map((query) => ({ query })),
  })
  const scripts = [...html.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, text = '']) =>
    createHash('sha256').update(text).digest('base64'),
  )
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map((hash) => `'sha256-${hash}'`).join(' ')}`,
    "style-src 'unsafe-inline'", // its editor writes its own styles
    "img-src 'self' data:",
    'font-src data:',
    "connect-src 'self'",
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return { html, policy: policy.join('; ') }
}
