import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { signIn } from '../browser-sign-in.ts'
import { loginDocument, password } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import {
  chromiumPath,
  createWatch,
  faultsOn,
  launchChromium,
  overflowOf,
} from '../watched-browser.ts'
import { startAdmin } from './client.ts'

describe.skipIf(chromiumPath === null)('the admin pages in Chromium', () => {
  let server: TestServer
  let browser: Browser
  const watch = createWatch()

  beforeAll(async () => {
    server = await startAdmin()
    browser = await launchChromium()
  })
  // No page asks another host, writes an error to the console, or breaks its own policy.
  afterEach(async () => expect(await watch.take()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const open = (context: BrowserContext): Promise<Page> =>
    watch.over(context, `${server.url}/admin`).newPage()

  async function signedInVisitor(): Promise<Visitor> {
    const visitor = server.visitor()
    await visitor.data(loginDocument, { username: 'ada', password })
    return visitor
  }

  const look = '{ me { username } session { endReason } }'
  const over = { me: null, session: { endReason: 'REVOKED' } }

  test.each([true, false])(
    'with JavaScript: %s, staff are asked before they deactivate a user, make one staff or set a password',
    async (javaScriptEnabled) => {
      const username = `eve-${javaScriptEnabled}`
      const { db, passwords, users } = server.app
      const { id } = await createUser(db, passwords, { username, password })
      const visitor = server.visitor()
      await visitor.data(loginDocument, { username, password })
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await open(context)
      await page.goto(`${server.url}/admin?page=user&id=${id}`)
      await signIn(page, 'chief')
      const ask = async (link: string, question: string, button: string) => {
        await page.getByRole('link', { name: link, exact: true }).click()
        expect(await page.locator('h1').innerText()).toBe(question)
        await page.getByRole('link', { name: 'Change nothing' }).click()
        expect(await page.locator('h1').innerText()).toBe(username)
        await page.goBack()
        if (link === 'Set a password…')
          await page.getByLabel('New password').fill('another good long one')
        await page.getByRole('button', { name: button }).click()
        return page.getByRole('status').innerText()
      }
      const made = await ask(
        'Give staff rights…',
        `Give staff rights to ${username}?`,
        'Give the rights',
      )
      expect(made).toBe('The user is staff from now on.')
      const set = await ask(
        'Set a password…',
        `Set a password for ${username}?`,
        'Set the password',
      )
      expect(set).toBe('The password is set. 1 session ended.')
      const off = await ask('Deactivate…', `Deactivate ${username}?`, 'Deactivate the user')
      expect(off).toBe('The user may not sign in any more. No session was open.')
      expect(await users.find({ username })).toMatchObject({ isStaff: true, isActive: false })
      await context.close()
    },
  )

  test.each([true, false])(
    'with JavaScript: %s, staff sign in, find a session, end it, and end all that match after a dry run',
    async (javaScriptEnabled) => {
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await open(context)
      const visitors = [await signedInVisitor(), await signedInVisitor(), await signedInVisitor()]
      await page.goto(`${server.url}/admin?page=sessions`)
      await signIn(page, 'ada')
      expect(await page.getByRole('alert').innerText()).toBe(
        'The username or the password is wrong, or the user is not staff.',
      )
      await signIn(page, 'chief')
      await page.getByLabel('Username').fill('ada')
      await page.getByRole('button', { name: 'Search' }).click()
      await expect.poll(() => page.locator('tbody tr').count()).toBe(3)

      await page.locator('tbody th a').first().click()
      await page.getByRole('link', { name: 'End this session…' }).click()
      expect(await page.locator('h1').innerText()).toBe('End this session?')
      expect(await page.locator('main').innerText()).toContain('This cannot be undone.')
      await page.getByRole('button', { name: 'End this session' }).click()
      expect(await page.getByRole('status').innerText()).toBe('The session is over.')
      expect(await visitors[2]!.data(look)).toEqual(over)

      await page.goto(`${server.url}/admin?page=sessions&user=ada`)
      await page.getByRole('button', { name: 'End all that match…' }).click()
      expect(await page.locator('h1').innerText()).toBe('End 2 sessions?')
      expect((await visitors[0]!.data(look)).me).toEqual({ username: 'ada' })
      await page.getByRole('checkbox', { name: 'Yes, end 2 sessions' }).check()
      await page.getByRole('button', { name: 'End 2 sessions' }).click()
      expect(await page.getByRole('status').innerText()).toBe('2 sessions ended.')
      for (const visitor of visitors) expect(await visitor.data(look)).toEqual(over)
      await page.goBack()
      expect(await page.locator('h1').innerText()).toBe('Nothing to end')

      await page.getByRole('button', { name: 'Sign out' }).click()
      expect(await page.locator('h1').innerText()).toBe('Staff sign-in')
      await context.close()
    },
  )

  test('axe finds nothing on any admin page, in light and dark, wide and narrow', async () => {
    await signedInVisitor()
    const user = await server.app.users.find({ username: 'ada' })
    const queries = [
      '?page=home',
      '?page=sessions',
      `?page=user&id=${user!.id}`,
      '?page=sessions&user=nobody',
      '?page=sessions&address=999.999',
      '?page=users',
      '?page=new-user',
      '?page=audit',
      ...['deactivate', 'promote', 'set-password'].map(
        (to) => `?page=change-user&id=${user!.id}&to=${to}`,
      ),
    ]
    const missing = ['?page=nonsense', '?page=session&id=none']
    for (const options of [
      { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
      { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
    ] as const) {
      const context = await browser.newContext(options)
      const page = await open(context)
      await page.goto(`${server.url}/admin`)
      expect(await faultsOn(page)).toEqual([])
      await signIn(page, 'chief')
      for (const query of [...queries, ...missing]) {
        const visit = () => page.goto(`${server.url}/admin${query}`)
        if (missing.includes(query)) await watch.expecting(/status of 404 /, visit)
        else await visit()
        expect([query, await faultsOn(page)]).toEqual([query, []])
        expect([query, await overflowOf(page)]).toEqual([query, 0])
        // The same page in the other colours, where contrast alone can differ.
        const colorScheme = options.colorScheme === 'dark' ? 'light' : 'dark'
        await page.emulateMedia({ colorScheme })
        expect([query, await faultsOn(page, ['color-contrast'])]).toEqual([query, []])
        await page.emulateMedia({ colorScheme: options.colorScheme })
      }
      await page.goto(`${server.url}/admin?page=sessions&user=ada`)
      await page.locator('tbody th a').first().click()
      expect(await faultsOn(page)).toEqual([])
      await page.getByRole('link', { name: 'End this session…' }).click()
      expect(await page.locator('h1').innerText()).toBe('End this session?')
      expect(await faultsOn(page)).toEqual([])
      await page.goto(`${server.url}/admin?page=home`)
      for (const numbers of await page.locator('summary').all()) await numbers.click()
      expect(await page.locator('details.numbers tbody tr:visible').count()).toBe(31)
      expect(await faultsOn(page)).toEqual([])
      expect(await overflowOf(page)).toBe(0)
      await page.goto(`${server.url}/admin?page=sessions&user=ada`)
      await page.getByRole('button', { name: 'End all that match…' }).click()
      expect(await faultsOn(page)).toEqual([])
      await context.close()
    }
  })

  test('no list of the admin pages is wider than its frame, at any width of the window', async () => {
    const long = 'margaret.heafield.hamilton'
    const { db, passwords } = server.app
    await createUser(db, passwords, { username: long, password, isStaff: false })
    const visitor = server.visitor()
    await visitor.data(loginDocument, { username: long, password })
    const ipAddress = '2001:db8:85a3:8d3:1319:8a2e:370:7348'
    await db.session.updateMany({ where: { user: { username: long } }, data: { ipAddress } })
    const context = await browser.newContext()
    const page = await open(context)
    await page.goto(`${server.url}/admin`)
    await signIn(page, 'chief')
    for (const query of ['?page=sessions', '?page=audit', '?page=users']) {
      await page.goto(`${server.url}/admin${query}`)
      for (const width of [360, 760, 900, 1060, 1280]) {
        await page.setViewportSize({ width, height: 800 })
        const { excess, lines } = await page.evaluate((name) => {
          const list = document.querySelector('.list')!
          const link = [...list.querySelectorAll('a')].find((one) => one.textContent === name)
          const excess = list.scrollWidth - list.clientWidth
          const tops = [...(link?.getClientRects() ?? [])].map(({ top }) => Math.round(top))
          return { excess, lines: new Set(tops).size }
        }, long)
        expect([query, width, excess]).toEqual([query, width, 0])
        expect([query, width, lines <= 3]).toEqual([query, width, true])
      }
    }
    await context.close()
  })

  test('after a sign-out the browser’s back button shows no admin page', async () => {
    const context = await browser.newContext()
    const page = await open(context)
    await page.goto(`${server.url}/admin?page=users`)
    await signIn(page, 'chief')
    await page.getByRole('heading', { name: 'Users' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Staff sign-in' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Staff sign-in' }).waitFor()
    expect(await page.locator('body').innerText()).not.toContain('chief')
    await context.close()
  })

  test('the admin pages show times in the zone of the viewer where JavaScript runs, and in UTC where it does not', async () => {
    for (const [javaScriptEnabled, footer] of [
      [true, 'Times are shown in your time zone, Asia/Tokyo.'],
      [false, 'Times are in UTC.'],
    ] as const) {
      const context = await browser.newContext({ javaScriptEnabled, timezoneId: 'Asia/Tokyo' })
      const page = await open(context)
      await page.goto(`${server.url}/admin`)
      expect(await page.locator('footer').isVisible()).toBe(false) // the sign-in shows no time
      await signIn(page, 'chief')
      await page.waitForURL(/page=home/) // and until its script has run
      const time = page.locator('td time').first()
      const text = await time.innerText()
      expect(await page.locator('footer').innerText()).toBe(footer)
      expect(text.endsWith('UTC')).toBe(!javaScriptEnabled)
      expect(await time.getAttribute('datetime')).toMatch(/^\d{4}-.*Z$/)
      // The days of a chart are of UTC, and written as the other times are.
      expect(await page.locator('.scale time.day').first().textContent()).toMatch(
        javaScriptEnabled ? /^[A-Z][a-z]{2} \d+ UTC$/ : /^\d+ [A-Z][a-z]{2,3} UTC$/,
      )
      await context.close()
    }
  })

  test('the fields from and until are in the zone of the viewer where JavaScript runs, in UTC where it does not, and one address says the same to both', async () => {
    const visitor = await signedInVisitor()
    const { id } = (await visitor.data('{ session { id } }')).session
    await server.app.db.session.update({
      where: { id },
      data: { createdAt: new Date('2026-03-10T16:30:00Z') },
    })
    for (const [javaScriptEnabled, label, from, until] of [
      [true, 'Began from (your time)', '2026-03-11T01:00', '2026-03-11T02:00'],
      [false, 'Began from (UTC)', '2026-03-10T16:00', '2026-03-10T17:00'],
    ] as const) {
      const context = await browser.newContext({ javaScriptEnabled, timezoneId: 'Asia/Tokyo' })
      const page = await open(context)
      await page.goto(`${server.url}/admin?page=sessions`)
      await signIn(page, 'chief')
      await page.getByLabel(label).fill(from)
      await page.getByLabel('until').fill(until)
      await page.getByRole('button', { name: 'Search' }).click()
      await page.waitForURL(/from=/)
      const said = new URL(page.url()).searchParams
      expect([said.get('from'), said.get('until')]).toEqual([
        '2026-03-10T16:00',
        '2026-03-10T17:00',
      ])
      expect(await page.getByLabel(label).inputValue()).toBe(from)
      expect(await page.locator('tbody th a').allInnerTexts()).toEqual([id.slice(0, 12)])
      const loaded = page.waitForEvent('load')
      await page.getByRole('button', { name: 'Search' }).click() // what is shown is sent as the same
      await loaded
      expect(await page.getByLabel('until').inputValue()).toBe(until)
      await page.getByLabel('until').fill('')
      await page.getByRole('button', { name: 'Search' }).click()
      await page.waitForURL(/until=&/)
      await page.goto(`${server.url}/admin?page=sessions&from=yesterday`)
      const zone = javaScriptEnabled ? 'your time' : 'UTC'
      await page
        .getByText(`Write one such as 2026-11-26T14:00, in ${zone}, or leave it out.`)
        .waitFor()
      await context.close()
    }
    await server.app.db.session.delete({ where: { id } })
  })

  test('the keyboard alone reaches the content, the fields and the button of the sign-in', async () => {
    const context = await browser.newContext()
    const page = await open(context)
    await page.goto(`${server.url}/admin`)
    await page.keyboard.type('chi') // the username has the focus
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('End')
    await page.keyboard.type('ef')
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/page=home/)
    expect(await page.locator('h1').innerText()).toBe('Now')
    await context.close()
  })
})
