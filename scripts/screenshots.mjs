// Takes a picture of every page for people, in a real browser: light, dark, on a phone, empty, full, and where something
// is wrong. They are there to be looked at.
// Usage: npm run screenshots [-- <folder>] [<part of a name>]. The folder is screenshots/ by default, which git ignores.
// With --readme it also writes the picture of the README.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { startRedis } from '../test/redis-server.ts'
import * as pages from './screenshots/pages.mjs'
import { idleAge, plantPeople } from './screenshots/people.mjs'
import { closeAll, open } from './screenshots/servers.mjs'
import { openShop } from './screenshots/shop.mjs'

const [folder = 'screenshots', wanted = ''] = process.argv
  .slice(2)
  .filter((word) => !word.startsWith('--'))
const isForReadme = process.argv.includes('--readme')
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

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  const full = await open('full', {
    settings: { SESSION_COOKIE_AGE: String(idleAge / 1000) },
    fill: (app) => plantPeople(app, Date.now()),
  })
  await shootAll(full, pages.pagesOfFull)
  await shootAll(await open('empty'), pages.pagesOfEmpty)
  await shootAll(await open('strangers'), pages.pagesOfStrangers)
  const production = {
    NODE_ENV: 'production',
    SECRET_KEY: 'only for pictures, and so no secret',
    SESSION_COOKIE_SECURE: 'false',
    GRAPHIQL: 'true',
  }
  await shootAll(await open('production', { settings: production }), pages.pagesOfProduction)
  const host = await open('host', { options: { adminSections: [pages.ordersSection] } })
  await shootAll(host, pages.pagesOfHost)
  await shootTrouble()
  if ('shop'.startsWith(wanted.slice(0, 4))) await shootShop()
  if (isForReadme) await shootForReadme(full)
} finally {
  await browser.close()
  await closeAll()
}

async function shootAll(server, pagesOf) {
  for (const mode of Object.keys(modes)) await shoot(server, mode, pagesOf)
}

async function shoot(server, mode, pagesOf) {
  const chosen = Object.entries(pagesOf).filter(([name]) => name.includes(wanted))
  if (chosen.length === 0) return
  const context = await browser.newContext(modes[mode])
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  for (const [name, { isStranger = false, at = 'admin', query = '', act }] of chosen) {
    const view = isStranger ? await (await browser.newContext(modes[mode])).newPage() : page
    await view.goto(`${server[at]}${query}`)
    if (!isStranger && view.url().includes('page=sign-in')) await pages.signIn(view)
    await act?.(view).catch((error) => console.error(`${name}: ${error.message}`))
    await take(view, mode, name)
    if (isStranger) await view.context().close()
  }
  await context.close()
}

/** Of the page, or of a part of it. */
async function take(page, mode, name, part = null) {
  if (!name.includes(wanted)) return
  const path = join(folder, `${name}-${mode}.png`)
  if (part !== null) return void (await part.screenshot({ path }))
  await page.waitForLoadState('networkidle').catch(() => {}) // a stream may be open
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  const { viewport } = modes[mode]
  const { width } = viewport
  const clip = { x: 0, y: 0, width, height: Math.min(height, tallest) }
  // What stays at the lower edge of the window is at that of the picture.
  if (clip.height > viewport.height) await page.setViewportSize({ width, height: clip.height })
  await page.screenshot({ path, fullPage: true, clip })
  await page.setViewportSize(viewport)
}

/** With a Redis that is gone while staff are signed in, and then without the database. */
async function shootTrouble() {
  if (!'home-trouble outage'.includes(wanted)) return
  const redis = await startRedis()
  try {
    const settings = { SESSION_ENGINE: 'cached-database', CACHE_URL: redis.url }
    const server = await open('trouble', { settings })
    await redis.kill()
    const tooLate = Date.now() + 60_000
    while (server.app.bus.state.isUp) {
      if (Date.now() > tooLate) throw new Error('The bus is up a minute after its Redis is gone.')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await shootAll(server, pages.pagesOfTrouble)
    await server.app.db.$disconnect()
    await shootAll(server, pages.pagesOfOutage)
  } finally {
    await redis.stop()
  }
}

async function shootShop() {
  const shop = await openShop()
  try {
    for (const [mode, options] of Object.entries(modes)) {
      const context = await browser.newContext(options)
      await shop.shoot(context, (page, name, part) => take(page, mode, name, part))
      await context.close()
    }
  } finally {
    await shop.stop()
  }
}

async function shootForReadme({ admin }) {
  // As high as the figures, the health and the charts are. What follows them would be cut.
  const viewport = { width: 1280, height: 785 }
  const context = await browser.newContext({ viewport, colorScheme: 'light' })
  const page = await context.newPage()
  await page.goto(admin)
  await pages.signIn(page)
  const client = await context.newCDPSession(page)
  const clip = { x: 0, y: 0, ...viewport, scale: 1.5 }
  const wanted = { format: 'webp', quality: 80, clip }
  const { data } = await client.send('Page.captureScreenshot', wanted)
  mkdirSync(join(picture, '..'), { recursive: true })
  writeFileSync(picture, Buffer.from(data, 'base64'))
  await context.close()
}
