import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { nginxProgram, startNginx } from '../nginx-server.ts'
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

  test('GraphiQL opens with a tab for each step of a first visit', async () => {
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

  test('the tabs of GraphiQL run one after another with the cookie', async () => {
    expect(await run('Register')).toMatchObject({
      data: { register: { user: { username: expect.stringMatching(/^ada-/) } } },
    })
    expect(await run('Cart')).toMatchObject({
      data: { addCartItem: { cart: { totalQuantity: 2 } } },
    })
    expect(await run('Login')).toMatchObject({
      data: { login: { user: { username: expect.stringMatching(/^ada-/) } } },
    })
    expect(await run('Logout')).toMatchObject({
      data: { logout: { session: { isAuthenticated: false } } },
    })
  })

  test.skipIf(nginxProgram === null)(
    'GraphiQL asks the address it was loaded from, below a prefix too',
    async () => {
      const nginx = await startNginx(
        `location /shop/ { proxy_pass ${server.url}/; proxy_set_header Host $http_host; }`,
      )
      const below = await browser.newPage()
      const sent = below.waitForResponse((answer) => answer.request().method() === 'POST')
      await below.goto(`${nginx.url}/shop/graphql`)
      const answer = await sent
      expect([answer.url(), answer.status()]).toEqual([`${nginx.url}/shop/graphql`, 200])
      await below.close()
      await nginx.stop()
    },
  )

  test('GraphiQL sends requests to its own server only', { tags: ['E14'] }, () => {
    const others = asked.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url))
    expect(others).toEqual([])
  })
})

test('GraphiQL’s page is small, and browsers keep its script and styles', async () => {
  const server = await startServer()
  const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } })
  const html = await page.text()
  expect(html.length).toBeLessThan(200_000)
  expect(html).not.toContain('correct horse battery')
  const names = [...html.matchAll(/"(\?graphiql=[\da-f]{32}\.(?:js|css))"/g)].map(
    ([, name]) => name!,
  )
  expect(names).toHaveLength(2)
  for (const name of names) {
    for (const encoding of ['br', 'gzip']) {
      const asset = await fetch(`${server.url}/graphql${name}`, {
        headers: { 'accept-encoding': encoding },
      })
      expect(asset.status).toBe(200)
      expect(Object.fromEntries(asset.headers)).toMatchObject({
        'content-encoding': encoding,
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': expect.stringMatching(/^text\/(javascript|css); charset=utf-8$/),
        vary: 'Accept-Encoding',
      })
      expect(Number(asset.headers.get('content-length'))).toBeLessThan(3_500_000)
      const etag = asset.headers.get('etag')!
      await asset.body?.cancel()
      const again = await fetch(`${server.url}/graphql${name}`, {
        headers: { 'accept-encoding': encoding, 'if-none-match': etag },
      })
      expect([again.status, await again.text()]).toEqual([304, ''])
    }
  }
  await server.stop()
})

test('in production GraphiQL shows the schema, and no tab makes an account', async () => {
  const server = await startServer({
    NODE_ENV: 'production',
    SECRET_KEY: 's'.repeat(32),
    GRAPHIQL: 'true',
  })
  const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } })
  expect(await page.text()).not.toMatch(/mutation Register|ada/)
  const { data } = await server.visitor().send('{ __schema { queryType { name } } }')
  expect(data).toEqual({ __schema: { queryType: { name: 'Query' } } })
  await server.stop()
})
