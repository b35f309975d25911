import axe from 'axe-core'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { nginxProgram, startNginx } from '../nginx-server.ts'
import { programOrSkip } from '../programs.ts'

const path = programOrSkip('chromium')
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']

interface Answered {
  readonly data: Record<string, never>
  readonly errors?: unknown
}

/** Runs the document that the editor shows, and gives what comes back. */
async function execute(page: Page, document: string): Promise<Answered> {
  const sent = page.waitForRequest((request) => request.postData()?.includes(document) ?? false)
  await page.locator('.graphiql-execute-button').click()
  const response = await (await sent).response()
  return (await response?.json()) as Answered
}

describe.skipIf(path === null)('GraphiQL in Chromium', () => {
  let server: TestServer
  let browser: Browser
  let page: Page
  const asked: string[] = []
  const errors: string[] = []

  beforeAll(async () => {
    server = await startServer()
    browser = await chromium.launch({
      executablePath: path!,
      args,
    })
    page = await browser.newPage()
    page.on('request', (request) => asked.push(request.url()))
    page.on('pageerror', ({ message }) => errors.push(message))
    page.on('console', (said) => said.type() === 'error' && errors.push(said.text()))
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
        document.querySelector('.graphiql-query-editor')?.textContent?.includes(`mutation ${name}`),
      tab,
    )
    return execute(page, `mutation ${tab}`)
  }

  test('GraphiQL gives each editor a name and letters that can be read', async () => {
    const rules = [
      'aria-required-children',
      'color-contrast',
      'label',
      'scrollable-region-focusable',
    ]
    const found = await page.evaluate(
      `(async () => { ${axe.source}; return axe.run({ runOnly: ${JSON.stringify(rules)} }) })()`,
    )
    expect((found as axe.AxeResults).violations).toEqual([])
    expect(errors).toEqual([])
  })

  test('GraphiQL opens with a tab for each step of a first visit', async () => {
    const names = await page.locator('.graphiql-tab').allInnerTexts()
    for (const name of [
      'Register',
      'Login',
      'Preferences',
      'Cart',
      'Value',
      'Session',
      'Devices',
      'Stream',
      'Password',
      'Sessions',
      'Audit',
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

  const write = async (document: string) => {
    await page.locator('.graphiql-query-editor').first().click()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.insertText(document)
    await page.locator('.graphiql-execute-button').click()
  }
  const resultWith = (text: string) =>
    page.waitForFunction(
      (part) => document.querySelector('.result-window')?.textContent?.includes(part),
      text,
    )

  test('GraphiQL shows what the server says of a document that it cannot read, and no stack', async () => {
    await write('{ me } }')
    await resultWith('BAD_USER_INPUT')
    expect(await page.locator('.result-window').textContent()).not.toMatch(/stack|\.js:/)
  })

  test('a subscription in GraphiQL shows each event, and the button ends it', async () => {
    await write('mutation { setSessionValue(key: "seen", value: 1) { __typename } }')
    await resultWith('SessionSuccess')
    const asked = page.waitForRequest((request) => /subscription/.test(request.postData() ?? ''))
    await write('subscription { sessionEvents { __typename } }')
    const answer = await (await asked).response()
    expect(answer?.headers()['content-type']).toBe('text/event-stream')
    await page.evaluate(() =>
      fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"mutation { setSessionValue(key: \\"seen\\", value: 2) { __typename } }"}',
      }),
    )
    await resultWith('SessionChanged')
    const ended = page.waitForEvent('requestfailed')
    await page.locator('.graphiql-execute-button').click()
    expect((await ended).postData()).toContain('subscription')
  })

  test('GraphiQL shows its button no sooner than a click on it works, however late its script comes', async () => {
    const late = await browser.newPage()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    await late.route(/graphiql=\w+\.js$/, async (route) => {
      await held
      await route.continue()
    })
    await late.goto(`${server.url}/graphql`, { waitUntil: 'commit' })
    await late.getByRole('status').getByText('GraphiQL is loading.').waitFor()
    const answered = execute(late, 'mutation Register')
    letGo()
    expect(await answered).toMatchObject({ data: { register: {} } })
    await late.getByRole('status').getByText('GraphiQL is loading.').waitFor({ state: 'detached' })
    await late.close()
  })

  test('GraphiQL says so where a file of it does not come', async () => {
    const without = await browser.newPage()
    await without.route(/graphiql=\w+\.js$/, (route) => route.abort())
    await without.goto(`${server.url}/graphql`)
    await without.getByText('GraphiQL did not load. Load this page again.').waitFor()
    await without.close()
  })

  test('GraphiQL opens the document of a link, and writes none into its address', async () => {
    const linked = await browser.newPage()
    await linked.goto(`${server.url}/graphql?query=query%20Linked%20{__typename}`)
    expect(await execute(linked, 'query Linked')).toEqual({ data: { __typename: 'Query' } })
    await linked.close()
    expect(page.url()).toBe(`${server.url}/graphql`)
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
      await execute(below, 'mutation Register')
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

test('GraphiQL’s page is small, and browsers keep its files', async () => {
  const server = await startServer()
  const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } })
  const html = await page.text()
  expect(html.length).toBeLessThan(20_000)
  expect(html).not.toContain('correct horse battery')
  const names = [...html.matchAll(/"(\?graphiql=[\da-f]{32}\.(?:js|css))"/g)].map(
    ([, name]) => name!,
  )
  expect(names).toHaveLength(3)
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
      expect(Number(asset.headers.get('content-length'))).toBeLessThan(600_000)
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

describe('in production', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      NODE_ENV: 'production',
      SECRET_KEY: 's'.repeat(32),
      SESSION_COOKIE_SECURE: 'false',
      GRAPHIQL: 'true',
    })
  })
  afterAll(() => server?.stop())

  const ask = (search: string, { cookie }: Visitor) =>
    fetch(`${server.url}/graphql${search}`, {
      headers: { accept: 'text/html', ...(cookie !== null && { cookie: `sessionid=${cookie}` }) },
    })

  test(
    'in production GraphiQL’s page and its files are for staff, and others are told where to sign in',
    { tags: ['E12'] },
    async () => {
      const chief = await server.signedIn('chief', { isStaff: true })
      const page = await ask('', chief)
      expect(page.status).toBe(200)
      const names = [...(await page.text()).matchAll(/"(\?graphiql=[\w.]+)"/g)].map(
        ([, name]) => name!,
      )
      expect(names).toHaveLength(3)
      for (const visitor of [server.visitor(), await server.signedIn('ada')]) {
        const refused = await ask('', visitor)
        expect([refused.status, await refused.text()]).toEqual([
          403,
          expect.stringContaining('<a href="admin">'),
        ])
        for (const name of names) expect((await ask(name, visitor)).status).toBe(406)
      }
      for (const name of names) expect((await ask(name, chief)).status).toBe(200)
    },
  )

  test(
    'in production no tab of GraphiQL makes an account, and no caller gets the schema',
    { tags: ['E12'] },
    async () => {
      const chief = await server.signedIn('boss', { isStaff: true })
      expect(await (await ask('', chief)).text()).not.toMatch(/mutation Register|ada/)
      const { errors } = await chief.send('{ __schema { queryType { name } } }')
      expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
    },
  )

  test.skipIf(path === null)('in production staff sign in at /admin and use GraphiQL', async () => {
    await server.signedIn('staff', { isStaff: true })
    const browser = await chromium.launch({ executablePath: path!, args })
    const page = await browser.newPage()
    await page.goto(`${server.url}/graphql`)
    await page.getByRole('link', { name: 'Sign in on the staff’s pages' }).click()
    await page.getByLabel('Username').fill('staff')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    await page.goto(`${server.url}/graphql`)
    await page.locator('.graphiql-query-editor .CodeMirror-line').first().waitFor()
    // The schema has come with the page: the documentation shows it, where introspection is off.
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByText('Root Types').waitFor()
    await browser.close()
  })
})

test('in production without /admin, GraphiQL says where staff sign in, and lets them in by the API’s login', async () => {
  const server = await startServer({
    NODE_ENV: 'production',
    SECRET_KEY: 's'.repeat(32),
    SESSION_COOKIE_SECURE: 'false',
    GRAPHIQL: 'true',
    ADMIN: 'false',
  })
  const ask = (cookie?: string | null) =>
    fetch(`${server.url}/graphql`, {
      headers: { accept: 'text/html', ...(cookie && { cookie: `sessionid=${cookie}` }) },
    })
  const refused = await ask()
  const text = await refused.text()
  expect([refused.status, text]).toEqual([403, expect.stringContaining('<code>ADMIN=true</code>')])
  expect(text).not.toContain('href="admin"')
  const chief = await server.signedIn('chief', { isStaff: true })
  expect((await ask(chief.cookie)).status).toBe(200)
  await server.stop()
})

test(
  'in production no shared cache keeps a file of GraphiQL, and none keeps an answer that renews the cookie',
  { tags: ['A14'] },
  async () => {
    const clock = createClock()
    const server = await startServer(
      {
        NODE_ENV: 'production',
        SECRET_KEY: 's'.repeat(32),
        SESSION_COOKIE_SECURE: 'false',
        GRAPHIQL: 'true',
        SESSION_COOKIE_AGE: '600',
      },
      { now: clock.now },
    )
    const chief = await server.signedIn('chief', { isStaff: true })
    const headers = { accept: 'text/html', cookie: `sessionid=${chief.cookie}` }
    const page = await (await fetch(`${server.url}/graphql`, { headers })).text()
    const [, name] = /"(\?graphiql=[\w.]+)"/.exec(page)!
    const ask = () => fetch(`${server.url}/graphql${name}`, { headers })
    const kept = await ask()
    expect([kept.headers.get('cache-control'), kept.headers.get('vary')]).toEqual([
      'private, max-age=31536000, immutable',
      'Cookie, Accept-Encoding',
    ])
    clock.advance(120_000)
    const renewing = await ask()
    expect(renewing.headers.getSetCookie()).toHaveLength(1)
    expect([renewing.status, renewing.headers.get('cache-control')]).toEqual([200, 'no-store'])
    await server.stop()
  },
)
