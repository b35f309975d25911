import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
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

describe.skipIf(chromiumPath === null)('forms whose session is over, in Chromium', () => {
  let server: TestServer
  let browser: Browser
  let ada: Visitor
  const watch = createWatch()

  beforeAll(async () => {
    server = await startAdmin()
    browser = await launchChromium()
  })
  beforeEach(async () => {
    ada = server.visitor()
    await ada.data(loginDocument, { username: 'ada', password })
  })
  // None of what follows is an error on the console, save that the throttle refuses to look at a password.
  afterEach(async () => expect(await watch.take()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const newContext = async (javaScriptEnabled: boolean) =>
    watch.over(await browser.newContext({ javaScriptEnabled }), `${server.url}/admin`)

  /** A tab of staff before the last click of an end of all sessions of ada. */
  async function aboutToEnd(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    await page.goto(`${server.url}/admin?page=sessions&user=ada&kind=signed-in`)
    if (await page.getByLabel('Password').isVisible()) await signIn(page)
    await page.getByRole('button', { name: 'End all that match…' }).click()
    await page.getByRole('checkbox').check()
    return page
  }

  const send = (page: Page) => page.getByRole('button', { name: /^End \d+ session/ }).click()
  const isSignedIn = async () => (await ada.data('{ me { username } }')).me !== null
  const undone = 'Nothing was done: your session was over when you sent the form.'

  test.each([true, false])(
    'with JavaScript: %s, staff whose session has run out read that their form did nothing, sign in, and look at what would end once more',
    async (javaScriptEnabled) => {
      const context = await newContext(javaScriptEnabled)
      const page = await aboutToEnd(context)
      await context.clearCookies() // as a browser does once their age is over
      await send(page)
      expect(await page.getByRole('alert').innerText()).toContain(undone)
      expect(await page.title()).toBe('Error: Staff sign-in · Coatcheck')
      const focused = page.locator(':focus')
      expect(await focused.getAttribute('name')).toBe('username')
      expect(await focused.getAttribute('aria-describedby')).toBe('problem')
      expect(await page.locator('[aria-invalid]').count()).toBe(0)
      expect(await isSignedIn()).toBe(true)

      await signIn(page)
      await page.getByRole('heading', { name: /^End \d+ sessions?\?$/ }).waitFor()
      expect(await page.getByRole('checkbox').isChecked()).toBe(false)
      expect(await page.getByText(/Nothing was done|sessions? ended/).count()).toBe(0)
      expect(await isSignedIn()).toBe(true)
      await page.reload()
      expect(await isSignedIn()).toBe(true)
    },
  )

  test('staff whose session another member of staff has ended read that their form did nothing, and why', async () => {
    const page = await aboutToEnd(await newContext(true))
    const by = { actorId: null, sessionId: null, client: null, shell: { user: 'root', host: 'x' } }
    await server.app.sessions.revokeAll({ username: 'chief' }, by)
    await send(page)
    expect(await page.getByRole('alert').innerText()).toContain(undone)
    expect(await page.getByRole('status').innerText()).toBe(
      'Your session was ended from another device, or by a member of staff.',
    )
    expect(await isSignedIn()).toBe(true)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [390, 1280]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 844 })
        expect([colorScheme, width, await faultsOn(page)]).toEqual([colorScheme, width, []])
        expect([width, await overflowOf(page)]).toEqual([width, 0])
      }
  })

  test.each([true, false])(
    'with JavaScript: %s, staff whose session has run out sign in and find the name of the new user filled in, and no link of another site fills it in',
    async (javaScriptEnabled) => {
      const context = await newContext(javaScriptEnabled)
      const page = await context.newPage()
      await page.goto(`${server.url}/admin?page=new-user`)
      await signIn(page)
      await page.getByLabel('Username').fill('grace')
      await page.getByLabel('E-mail').fill('grace@example.com')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('checkbox').check()
      await context.clearCookies()
      await page.getByRole('button', { name: 'Make the user' }).click()
      expect(await page.getByRole('alert').innerText()).toContain(undone)
      await signIn(page)
      await page.getByRole('heading', { name: 'Make a user' }).waitFor()
      expect(await page.getByLabel('Username').inputValue()).toBe('grace')
      expect(await page.getByLabel('E-mail').inputValue()).toBe('')
      expect(await page.getByLabel('Password').inputValue()).toBe('')
      expect(await page.getByRole('checkbox').isChecked()).toBe(false)
      expect(await server.app.db.user.count({ where: { username: 'grace' } })).toBe(0)

      const address = page.url()
      expect(address).toContain('grace')
      const other = await context.newPage()
      await other.goto(address) // typed, or from a message: no page of ours leads there
      expect(await other.getByLabel('Username').inputValue()).toBe('')
    },
  )

  test('a form in an older tab works once another tab has signed in again', async () => {
    const context = await newContext(true)
    const page = await aboutToEnd(context)
    await context.clearCookies()
    const other = await context.newPage()
    await other.goto(`${server.url}/admin`)
    await signIn(other)
    await other.waitForURL(/page=home/)
    await send(page)
    expect(await page.getByRole('status').innerText()).toMatch(/sessions? ended\.$/)
    expect(await isSignedIn()).toBe(false)
  })

  test.each([true, false])(
    'with JavaScript: %s, a sign-in that has to wait says for how long, and marks no field as wrong',
    async (javaScriptEnabled) => {
      const page = await (await newContext(javaScriptEnabled)).newPage()
      await page.goto(`${server.url}/admin`)
      const name = `guess-${javaScriptEnabled}`
      const slowed = page.getByText('Too many attempts.')
      // A browser calls its answer an error: it is a refusal of the machine, and no mistake of a person.
      await watch.expecting(/status of 429 /, async () => {
        for (let times = 0; times < 30 && !(await slowed.isVisible()); times++) {
          await signIn(page, name, 'not the password')
          await page.getByRole('alert').waitFor()
        }
      })
      expect(await page.getByRole('alert').innerText()).toMatch(
        /^Too many attempts\. Try again in (1 second|\d+ seconds)\.$/,
      )
      expect(await page.locator('[aria-invalid]').count()).toBe(0)
      const focused = page.locator(':focus')
      expect(await focused.getAttribute('name')).toBe('password')
      expect(await focused.getAttribute('aria-describedby')).toBe('problem')
      expect(await page.getByLabel('Username').inputValue()).toBe(name)
      await server.app.db.attempt.deleteMany()
    },
  )
})
