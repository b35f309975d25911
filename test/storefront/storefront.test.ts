import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { chromiumPath, faultsOn, launchChromium } from '../watched-browser.ts'
import { openNote } from '../witness/notes.ts'
import { serveShop } from './shop.ts'
import type { ServedShop } from './shop.ts'

/** Milliseconds for an install, a check of types and a build, on a machine with other work to do. */
const patience = 600_000

/** SESSION_COOKIE_AGE, in seconds: twice as long as the warning before the end. */
const age = 120

describe.skipIf(chromiumPath === null)('the storefront in Chromium', () => {
  const clock = createClock()
  let server: TestServer
  let shop: ServedShop
  let browser: Browser
  let home: BrowserContext
  let [tab, other]: Page[] = []
  /** What no page of this file may do: ask another server, or write to its console. */
  const strays: string[] = []

  beforeAll(async () => {
    openNote('password')(password)
    server = await startServer(
      { SESSION_COOKIE_AGE: `${age}`, SESSION_RECHECK_INTERVAL: '1', LOG_LEVEL: 'warn' },
      { now: clock.now },
    )
    shop = await serveShop(server.url)
    browser = await launchChromium()
    home = await browser.newContext()
    tab = await open(home, shop.byVite)
  }, patience)
  afterAll(async () => {
    await browser?.close()
    await shop?.stop()
    await server?.stop()
  })

  async function open(context: BrowserContext, url: string): Promise<Page> {
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    page.on('console', (message) => strays.push(message.text()))
    page.on('pageerror', (error) => strays.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) strays.push(request.url())
    })
    await page.goto(url)
    await page.getByRole('heading', { name: 'Coat & Hat' }).waitFor()
    return page
  }

  /** The text of what has the focus; that of the whole page where it is lost. */
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent)

  const says = (page: Page, text: string | RegExp) => page.getByText(text).waitFor()

  const signIn = async (page: Page) => {
    await page.getByLabel('Name').fill('ada')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await says(page, 'Signed in as ada')
  }

  /** The visitor turns from the other tab to this one, which notices. */
  const comeBack = async (page: Page) => {
    // Playwright has every page believe that it has the focus.
    const believing = await page.context().newCDPSession(page)
    await believing.send('Emulation.setFocusEmulationEnabled', { enabled: false })
    await page.evaluate(() => {
      document.body.dataset.isAway = 'yes'
      addEventListener('focus', () => delete document.body.dataset.isAway, { once: true })
    })
    const turn = async () => {
      await other!.bringToFront()
      await page.bringToFront()
      return page.locator('[data-is-away]').count()
    }
    await expect.poll(turn, { timeout: 60_000, interval: 500 }).toBe(0)
  }

  const hears = () => expect.poll(() => server.app.events.size)

  test('two tabs of a guest share a cart from its first line on: what one adds, the other shows', async () => {
    other = await open(home, shop.byVite)
    await tab!.getByRole('button', { name: 'Add to cart: Felt hat' }).click()
    await says(tab!, 'Total $65.00')
    await says(other, 'Total $65.00')
    await hears().toBe(2)
    await other.getByRole('button', { name: 'Add to cart: Umbrella' }).click()
    await says(tab!, 'Total $104.00')
    await tab!.getByLabel('Umbrella', { exact: true }).fill('1000')
    await says(tab!, 'Not more than 999.')
    await tab!.getByRole('button', { name: 'Remove: Umbrella' }).click()
    await tab!.locator('h2:focus', { hasText: 'Cart (1)' }).waitFor()
    await says(other, 'Total $65.00')
  })

  test('a registration is refused at the field that breaks a rule, and then takes the cart along in both tabs', async () => {
    await server.app.users.create({ username: 'grace', password })
    await tab!.getByRole('button', { name: 'I am new here' }).click()
    await says(tab!, 'Only letters, digits and @ . + - _')
    await tab!.getByLabel('Name').fill('bad name!')
    await tab!.getByLabel('Password').fill(password)
    await tab!.getByRole('button', { name: 'Make an account' }).click()
    await says(tab!, 'Use only letters, digits and @ . + - _')
    await tab!.getByLabel('Name').fill('grace')
    await tab!.getByLabel('Password').fill('short')
    await tab!.getByRole('button', { name: 'Make an account' }).click()
    const wrong = tab!.getByLabel('Password')
    await expect.poll(() => wrong.getAttribute('aria-invalid')).toBe('true')
    await says(tab!, 'Use at least 8 characters.')
    await wrong.fill(password)
    await tab!.getByRole('button', { name: 'Make an account' }).click()
    await says(tab!, 'This name is taken. Choose another.')
    await tab!.getByLabel('Name').fill('ada')
    await tab!.keyboard.press('Enter')
    // The form is gone: a keyboard goes on from who is signed in.
    await tab!.locator('p:focus', { hasText: 'Signed in as ada' }).waitFor()
    for (const page of [tab!, other!]) {
      await says(page, 'Signed in as ada')
      await says(page, 'Total $65.00')
    }
    await hears().toBe(2)
  })

  test('preferences change the storefront in both tabs', async () => {
    await tab!.getByLabel('Colours').selectOption('DARK')
    await tab!.getByLabel('Currency').selectOption('EUR')
    await tab!.getByLabel('Numbers and dates').selectOption('de-DE')
    for (const page of [tab!, other!]) {
      await says(page, /Total 59,00\s€/)
      const colour = page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
      expect(await colour).toBe('dark')
    }
  })

  test('a browser that is signed out from another device says so, and signs in again', async () => {
    const phone = await open(
      await browser.newContext({ viewport: { width: 390, height: 844 } }),
      shop.byNginx,
    )
    await phone.getByLabel('Name').fill('ada')
    await phone.getByLabel('Password').fill('not this one')
    await phone.getByRole('button', { name: 'Sign in' }).click()
    await says(phone, 'This name and password do not go together.')
    await signIn(phone)
    await hears().toBe(3)
    await comeBack(tab!)
    await tab!.getByRole('button', { name: /^Sign out: Chrome/ }).click()
    await tab!.locator('h2:focus', { hasText: 'Your devices' }).waitFor()
    await says(phone, 'You were signed out from another device, or by our staff.')
    await signIn(phone)
    await hears().toBe(3)
    await comeBack(tab!)
    await tab!.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await says(phone, 'You were signed out from another device, or by our staff.')
    // So does a page that was not open then.
    await phone.reload()
    await says(phone, 'Your last visit was ended from another device, or by our staff.')
    await phone.context().close()
  })

  test('a page shows, once its visitor comes back to it, where else they have signed in and out meanwhile, without a reload', async () => {
    const phone = await open(await browser.newContext(), shop.byNginx)
    await tab!.evaluate(() => Object.assign(globalThis, { isTheSamePage: true }))
    const others = tab!.getByRole('button', { name: /^Sign out: Chrome/ })
    expect(await others.count()).toBe(0)
    await signIn(phone)
    await comeBack(tab!)
    await expect.poll(() => others.count()).toBe(1)
    await phone.getByRole('button', { name: 'Sign out', exact: true }).click()
    await says(phone, 'You have signed out.')
    await comeBack(tab!)
    await expect.poll(() => others.count()).toBe(0)
    // One device ends another. The list is newest first.
    clock.advance(1000)
    await signIn(phone)
    await comeBack(tab!)
    await expect.poll(() => others.count()).toBe(1)
    clock.advance(1000)
    const desk = server.visitor()
    await desk.data(
      `mutation { login(input: { username: "ada", password: "${password}" }) { __typename } }`,
    )
    const { me } = await desk.data('{ me { sessions { nodes { id } } } }')
    const [, ofPhone] = me.sessions.nodes
    await desk.data(`mutation { revokeSession(id: "${ofPhone.id}") { __typename } }`)
    await desk.data('mutation { logout { __typename } }')
    await says(phone, 'You were signed out from another device, or by our staff.')
    await comeBack(tab!)
    await expect.poll(() => others.count()).toBe(0)
    await phone.context().close()
    expect(await tab!.evaluate(() => 'isTheSamePage' in globalThis)).toBe(true)
  })

  test('the storefront’s list of devices is up to date once a pointer or the keyboard comes to it, though its visitor has stayed on the page', async () => {
    const page = await open(home, shop.byVite)
    await page.clock.install()
    await page.reload()
    const others = page.getByRole('button', { name: /^Sign out: Chrome/ })
    const own = page.getByRole('button', { name: 'Sign out', exact: true })
    await own.waitFor()
    expect(await others.count()).toBe(0)
    const phone = await open(await browser.newContext(), shop.byNginx)
    await signIn(phone)
    await page.clock.fastForward(10_000)
    await page.getByRole('heading', { name: 'Your devices' }).hover()
    await expect.poll(() => others.count()).toBe(1)
    await phone.getByRole('button', { name: 'Sign out', exact: true }).click()
    await says(phone, 'You have signed out.')
    await page.clock.fastForward(10_000)
    await own.focus()
    await expect.poll(() => others.count()).toBe(0)
    for (const view of [phone.context(), page]) await view.close()
  })

  test('axe finds nothing on the storefront, for guests and users, in light and dark, wide and narrow', async () => {
    const guest = await open(await browser.newContext(), shop.byNginx)
    await guest.getByRole('button', { name: 'Add to cart: Wool coat' }).click()
    await guest.getByRole('button', { name: 'I am new here' }).click()
    await guest.getByRole('button', { name: 'Make an account' }).click()
    await expect.poll(() => guest.getByRole('alert').count()).toBeGreaterThan(0)
    for (const page of [tab!, guest]) {
      for (const width of [1200, 360]) {
        await page.setViewportSize({ width, height: 800 })
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
        for (const theme of ['LIGHT', 'DARK']) {
          await page.getByLabel('Colours').selectOption(theme)
          await page.waitForSelector(`html[data-theme=${theme.toLowerCase()}]`)
          expect(await faultsOn(page)).toEqual([])
        }
      }
    }
    await guest.context().close()
  })

  test('a page warns a minute before the end, activity postpones it, and the focus is not lost', async () => {
    const page = await open(home, shop.byVite)
    await page.clock.install()
    await page.reload()
    await says(page, 'Signed in as ada')
    await page.clock.fastForward((age - 50) * 1000)
    await says(page, 'You will be signed out soon.')
    expect(await faultsOn(page)).toEqual([])
    clock.advance((age - 50) * 1000)
    await page.getByRole('button', { name: 'Stay signed in' }).press('Enter')
    await page.getByText('You will be signed out').waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toBe('Signed in as ada')
    await page.close()
  })

  test('a session that ends by itself says so in every tab, and so does one that its visitor ends', async () => {
    clock.advance((age + 1) * 1000)
    for (const page of [tab!, other!])
      await says(page, 'You were signed out because your session has expired.')
    await signIn(tab!)
    await other!.reload()
    await says(other!, 'Signed in as ada')
    await hears().toBe(2)
    await tab!.getByRole('button', { name: 'Sign out', exact: true }).click()
    for (const page of [tab!, other!]) await says(page, 'You have signed out.')
  })

  test('a guest is warned before their cart is emptied, may keep it, and is told once it is gone; one without anything is told nothing', async () => {
    const page = await open(await browser.newContext(), shop.byVite)
    await page.getByRole('button', { name: 'Add to cart: Wool coat' }).click()
    await says(page, 'Total $199.00')
    const stranger = await open(await browser.newContext(), shop.byVite)
    for (const view of [page, stranger]) {
      await view.clock.install()
      await view.reload()
      await says(view, 'Welcome')
    }
    await hears().toBe(1)
    for (const view of [page, stranger]) await view.clock.fastForward((age - 50) * 1000)
    await says(page, 'Your cart will be emptied soon, and your preferences forgotten.')
    expect(await faultsOn(page)).toEqual([])
    clock.advance((age - 50) * 1000)
    await page.getByRole('button', { name: 'Keep them' }).press('Enter')
    await page.getByText('Your cart will be emptied').waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toBe('Welcome')
    await says(page, 'Total $199.00')
    clock.advance((age + 1) * 1000)
    const gone = 'It has been a while: your cart was emptied, and your preferences were forgotten.'
    await says(page, gone)
    await says(page, /^Nothing yet\./)
    expect(await faultsOn(page)).toEqual([])
    // A page that is opened later does not know whether its visitor was signed in.
    await page.reload()
    await says(page, 'Your last visit has expired.')
    await page.getByRole('button', { name: 'Add to cart: Wool coat' }).click()
    await page.getByText('Your last visit').waitFor({ state: 'detached' })
    await stranger.getByLabel('Colours').waitFor()
    expect(await stranger.locator('.notice').count()).toBe(0)
    for (const view of [page, stranger]) await view.context().close()
  })

  test('the storefront asks its own origin only, and writes nothing to the console', () => {
    expect(strays).toEqual([])
  })
})
