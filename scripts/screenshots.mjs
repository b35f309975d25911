// Takes a picture of every page for people, in a real browser: light, dark, on a phone, empty, full, and where something
// is wrong. They are there to be looked at.
// Usage: npm run screenshots [-- <folder>] [<part of a name>]. The folder is screenshots/ by default, which git ignores.
// With --readme it also writes the picture of the README.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { openApp } from '../dist/app.js'
import { readConfig } from '../dist/config/config.js'
import { openLog } from '../dist/commands/log.js'
import { serve } from '../dist/http/server.js'
import { idleAge, plantPeople } from './screenshots/people.mjs'

const [folder = 'screenshots', wanted = ''] = process.argv
  .slice(2)
  .filter((word) => !word.startsWith('--'))
const isForReadme = process.argv.includes('--readme')
const password = 'a password for pictures'
const picture = 'docs/images/admin.webp'

const wide = { viewport: { width: 1280, height: 860 } }
/** A list is cut off there, in CSS pixels: the rest looks like what is shown. */
const tallest = 1900
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true }
const modes = {
  light: { ...wide, colorScheme: 'light' },
  dark: { ...wide, colorScheme: 'dark' },
  'phone-light': { ...phone, colorScheme: 'light' },
  'phone-dark': { ...phone, colorScheme: 'dark' },
}

const scratch = mkdtempSync(join(tmpdir(), 'coatcheck-screenshots-'))
mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  const full = await open('full', (app) => plantPeople(app, Date.now()))
  const empty = await open('empty')
  for (const [mode, options] of Object.entries(modes)) {
    await shoot(full, mode, options, pagesOfFull)
    await shoot(empty, mode, options, pagesOfEmpty)
  }
  if (isForReadme) await shootForReadme(full)
  await full.stop()
  await empty.stop()
} finally {
  await browser.close()
  rmSync(scratch, { recursive: true, force: true })
}

/** Every page of a server that has been in use for some weeks, by the name of its picture. */
function pagesOfFull(admin) {
  const first = (page) => page.locator('tbody th a').first()
  return {
    'sign-in': { isStranger: true, query: '' },
    'sign-in-wrong': {
      isStranger: true,
      query: '',
      act: (page) => signIn(page, 'chief', 'not the password'),
    },
    home: { query: '?page=home' },
    sessions: { query: '?page=sessions' },
    'sessions-filtered': { query: '?page=sessions&kind=guests&age=old-day&status=ANY' },
    'sessions-none': { query: '?page=sessions&user=nobody' },
    session: {
      query: '?page=sessions&kind=signed-in&browser=firefox',
      act: (page) => first(page).click(),
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
    'audit-none': { query: '?page=audit&type=USER_DEMOTED' },
    'not-found': { query: '?page=session&id=none' },
    graphiql: {
      isStranger: true,
      address: admin.replace('/admin', '/graphql'),
      async act(page) {
        await page.locator('.graphiql-execute-button').click()
        await page.locator('.result-window').getByText('expiresAt').waitFor()
      },
    },
  }
}

/** A server on its first day. */
function pagesOfEmpty() {
  return {
    'empty-home': { query: '?page=home' },
    'empty-sessions': { query: '?page=sessions' },
    'empty-sessions-guests': { query: '?page=sessions&kind=guests' },
    'empty-users': { query: '?page=users' },
    'empty-audit': { query: '?page=audit&type=LOGOUT' },
  }
}

async function open(name, fill = () => {}) {
  const config = readConfig({
    DATABASE_URL: `file:${join(scratch, `${name}.db`)}`,
    PORT: '0',
    SHUTDOWN_DELAY: '0',
    SESSION_COOKIE_AGE: String(idleAge / 1000),
    ADMIN_USERNAME: 'chief',
  })
  const app = await openApp(config, await openLog({ production: true, level: 'silent' }))
  await fill(app)
  await app.users.add(
    { username: 'chief', password, isStaff: true },
    { actorId: null, sessionId: null, client: null, shell: { user: 'root' } },
  )
  const server = await serve(app, config)
  return { admin: `${server.url}/admin`, stop: server.stop }
}

async function shoot({ admin }, mode, options, pagesOf) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const pages = Object.entries(pagesOf(admin)).filter(([name]) => name.includes(wanted))
  for (const [name, { isStranger = false, address = admin, query = '', act }] of pages) {
    const view = isStranger ? await (await browser.newContext(options)).newPage() : page
    await view.goto(`${address}${query}`)
    if (!isStranger && view.url().includes('page=sign-in')) await signIn(view, 'chief', password)
    await act?.(view).catch((error) => console.error(`${name}: ${error.message}`))
    await view.waitForLoadState('networkidle')
    const height = await view.evaluate(() => document.documentElement.scrollHeight)
    const clip = { x: 0, y: 0, width: options.viewport.width, height: Math.min(height, tallest) }
    await view.screenshot({ path: join(folder, `${name}-${mode}.png`), fullPage: true, clip })
    if (isStranger) await view.context().close()
  }
  await context.close()
}

async function signIn(page, username, word) {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(word)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForLoadState()
}

async function shootForReadme({ admin }) {
  const context = await browser.newContext({
    ...wide,
    colorScheme: 'light',
    deviceScaleFactor: 1.5,
  })
  const page = await context.newPage()
  await page.goto(admin)
  await signIn(page, 'chief', password)
  const client = await context.newCDPSession(page)
  const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: 80 })
  mkdirSync(join(picture, '..'), { recursive: true })
  writeFileSync(picture, Buffer.from(data, 'base64'))
  await context.close()
}
