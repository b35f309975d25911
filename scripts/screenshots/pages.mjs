import { h } from '../../dist/admin/element.js'
import { password } from './servers.mjs'

/** Signs a member of staff in, or tries to. */
export async function signIn(page, username = 'chief', word = password) {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(word)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForLoadState()
}

const first = (page) => page.locator('tbody th a').first()

/** Every page of a server that has been in use for some weeks, by the name of its picture. */
export const pagesOfFull = {
  home: { query: '?page=home' },
  'home-numbers': {
    query: '?page=home',
    async act(page) {
      for (const numbers of await page.locator('summary').all()) await numbers.click()
    },
  },
  sessions: { query: '?page=sessions' },
  'sessions-filtered': { query: '?page=sessions&kind=guests&age=old-day&status=ANY' },
  'sessions-ended': { query: '?page=sessions&status=ENDED' },
  'sessions-none': { query: '?page=sessions&user=nobody' },
  'sessions-no-address': { query: '?page=sessions&address=999.999' },
  'sessions-no-time': { query: '?page=sessions&from=yesterday' },
  session: {
    query: '?page=sessions&kind=signed-in&browser=firefox',
    act: (page) => first(page).click(),
  },
  'session-end': {
    query: '?page=sessions&kind=signed-in&browser=firefox',
    async act(page) {
      await first(page).click()
      await page.getByRole('link', { name: 'End this session…' }).click()
    },
  },
  'session-over': {
    query: '?page=sessions&status=ENDED&kind=signed-in',
    act: (page) => first(page).click(),
  },
  'session-guest': { query: '?page=sessions&kind=guests', act: (page) => first(page).click() },
  'dry-run': {
    query: '?page=sessions&idle=day',
    act: (page) => page.getByRole('button', { name: 'End all that match…' }).click(),
  },
  picked: {
    query: '?page=sessions&kind=guests',
    async act(page) {
      for (const box of (await page.locator('tbody input[type=checkbox]').all()).slice(0, 3))
        await box.check()
      await page.getByRole('button', { name: 'End the picked…' }).click()
    },
  },
  users: { query: '?page=users' },
  'users-none': { query: '?page=users&search=zebra' },
  user: { query: '?page=users&search=ada', act: (page) => first(page).click() },
  'user-deactivate': {
    query: '?page=users&search=ada',
    async act(page) {
      await first(page).click()
      await page.getByRole('link', { name: 'Deactivate…' }).click()
    },
  },
  'user-password': {
    query: '?page=users&search=ada',
    async act(page) {
      await first(page).click()
      await page.getByRole('link', { name: 'Set a password…' }).click()
    },
  },
  'new-user': { query: '?page=new-user' },
  'new-user-wrong': {
    query: '?page=new-user',
    async act(page) {
      await page.getByLabel('Username').fill('ada.lovelace')
      await page.getByLabel('Password').fill('123')
      await page.getByRole('button', { name: 'Make the user' }).click()
    },
  },
  audit: { query: '?page=audit' },
  'audit-bulk-end': { query: '?page=audit&type=SESSIONS_REVOKED' },
  'audit-times': { query: '?page=audit&from=2026-01-01T00:00&until=2100-01-01T00:00' },
  'audit-none': { query: '?page=audit&type=USER_DEMOTED' },
  'not-found': { query: '?page=session&id=none' },
}

/** A server on its first day. */
export const pagesOfEmpty = {
  'empty-home': { query: '?page=home' },
  // The session of the member of staff who looks is alive: what has none are those that are over.
  'empty-sessions': { query: '?page=sessions&status=ENDED' },
  'empty-sessions-guests': { query: '?page=sessions&kind=guests' },
  'empty-users': { query: '?page=users' },
  'empty-audit': { query: '?page=audit&type=LOGOUT' },
}

/** What strangers see, on a server of their own: they leave tracks. */
export const pagesOfStrangers = {
  'sign-in': { isStranger: true },
  'sign-in-wrong': { isStranger: true, act: (page) => signIn(page, 'chief', 'not the password') },
  'sign-in-late': {
    isStranger: true,
    async act(page) {
      await signIn(page)
      await page.goto(`${page.url().split('?')[0]}?page=new-user`)
      await page.getByLabel('Username').fill('ada.lovelace')
      await page.getByLabel('Password').fill(password)
      await page.context().clearCookies() // as a browser does once their age is over
      await page.getByRole('button', { name: 'Make the user' }).click()
      await page.getByText('Nothing was done').waitFor()
    },
  },
  'sign-in-throttled': {
    isStranger: true,
    async act(page) {
      const isSlowed = () => page.getByText('Too many attempts.').isVisible()
      for (let times = 0; times < 30 && !(await isSlowed()); times++)
        await signIn(page, 'grace.hopper', 'not the password')
    },
  },
  graphiql: {
    isStranger: true,
    at: 'graphql',
    async act(page) {
      await page.locator('.graphiql-execute-button').click()
      await page.locator('.result-window').getByText('expiresAt').waitFor()
    },
  },
  'graphiql-documentation': {
    isStranger: true,
    at: 'graphql',
    act: (page) => page.getByRole('button', { name: 'Show Documentation Explorer' }).click(),
  },
}

/** A server in production, whose GraphiQL is for staff. */
export const pagesOfProduction = {
  'graphiql-refused': { isStranger: true, at: 'graphql' },
}

/** A server whose cache and bus are out. */
export const pagesOfTrouble = {
  'home-trouble': { query: '?page=home' },
}

/** A server whose database is out. */
export const pagesOfOutage = {
  outage: { isStranger: true, act: (page) => signIn(page) },
}

/** A server with a section of its host. */
export const pagesOfHost = {
  section: { query: '?page=orders' },
}

const orders = [
  ['1041', 'ada.lovelace', 'Felt hat, umbrella', '$104.00', 'Paid'],
  ['1040', 'grace.hopper', 'Wool coat', '$199.00', 'Sent'],
  ['1039', 'alan.turing', 'Umbrella', '$39.00', 'Sent'],
]

/** The host's section. */
export const ordersSection = {
  name: 'orders',
  title: 'Orders',
  show: () => ({
    content: [
      h('div', { class: 'list' }, h('table', {}, ...orderRows())),
      h(
        'form',
        { method: 'post', class: 'panel narrow' },
        h(
          'p',
          { class: 'field' },
          h('label', { for: 'order' }, 'Order to refund'),
          h('input', { id: 'order', name: 'order', type: 'text' }),
        ),
        h('p', { class: 'irreversible' }, h('strong', {}, 'This cannot be undone.')),
        h('button', { name: 'do', value: 'refund', class: 'danger' }, 'Refund'),
      ),
    ],
  }),
}

function orderRows() {
  const columns = ['Order', 'Customer', 'What', 'Total', 'Status']
  return [
    h('caption', { class: 'visually-hidden' }, 'Orders'),
    h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, name)))),
    h(
      'tbody',
      {},
      ...orders.map(([number, ...cells]) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, number),
          ...cells.map((cell, at) => h('td', { 'data-of': columns[at + 1] }, cell)),
        ),
      ),
    ),
  ]
}
