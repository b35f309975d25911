import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { programOrSkip } from '../programs.ts'

const path = programOrSkip('chromium')

interface Answered {
  readonly data: Record<string, never>
  readonly errors?: unknown
}

describe.skipIf(path === null)('GraphiQL in Chromium', () => {
  let server: TestServer
  let browser: Browser
  let page: Page
  const asked: string[] = []

  beforeAll(async () => {
    server = await startServer()
    browser = await chromium.launch({
      executablePath: path!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    page = await browser.newPage()
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(`${server.url}/graphql`)
    await page.waitForSelector('.graphiql-tab')
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const run = async (tab: string) => {
    await page
      .locator('.graphiql-tab-button')
      .getByText(tab, { exact: true })
      .dispatchEvent('click')
    await page.waitForFunction(
      (name) =>
        document
          .querySelector('.graphiql-query-editor')
          ?.textContent?.includes(`mutation\u00a0${name}`),
      tab,
    )
    // The editor loads at its leisure, and a click that comes before it is ready does nothing.
    for (;;) {
      const sent = page
        .waitForRequest((request) => request.postData()?.includes(`mutation ${tab}`) ?? false, {
          timeout: 1000,
        })
        .catch(() => null)
      await page.locator('.graphiql-execute-button').click()
      const response = await (await sent)?.response()
      if (response) return (await response.json()) as Answered
    }
  }

  test('opens with a tab for each step of a first visit', async () => {
    const names = await page.locator('.graphiql-tab').allInnerTexts()
    for (const name of [
      'Register',
      'Login',
      'Preferences',
      'Cart',
      'Value',
      'Session',
      'Sessions',
      'Logout',
    ]) {
      expect(names.map((text) => text.trim())).toContain(name)
    }
  })

  test('walks through them with the cookie', async () => {
    expect(await run('Register')).toMatchObject({
      data: { register: { user: { username: 'ada' } } },
    })
    expect(await run('Cart')).toMatchObject({
      data: { addCartItem: { cart: { totalQuantity: 2 } } },
    })
    expect(await run('Login')).toMatchObject({ data: { login: { user: { username: 'ada' } } } })
    expect(await run('Logout')).toMatchObject({
      data: { logout: { session: { isAuthenticated: false } } },
    })
  })

  test('asks nobody but its own server', { tags: ['E14'] }, () => {
    const others = asked.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url))
    expect(others).toEqual([])
  })
})
