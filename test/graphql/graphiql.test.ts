import { devices } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createClock, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { nginxProgram, startNginx } from '../nginx-server.ts'
import {
  chromiumPath,
  createWatch,
  faultsOn,
  launchChromium,
  overflowOf,
} from '../watched-browser.ts'

// prettier-ignore
const tabNames = [
  'Register', 'Login', 'Preferences', 'Cart', 'Value', 'Session', 'Devices', 'Stream', 'Password', 'Sessions', 'Audit',
  'Logout',
]

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

describe.skipIf(chromiumPath === null)('GraphiQL in Chromium', () => {
  let server: TestServer
  let browser: Browser
  let page: Page
  const watch = createWatch()

  beforeAll(async () => {
    server = await startServer()
    browser = await launchChromium()
    page = await newPage({ viewport: { width: 1280, height: 1200 } })
    await open(page)
  })
  afterEach(async () => expect(await watch.take(page.context())).toEqual([]))
  afterAll(async () => {
    // What the page that tests share complained of after the last of them.
    const late = await watch.take()
    await browser?.close()
    await server?.stop()
    expect(late).toEqual([])
  })

  const newPage = async (options: BrowserContextOptions = {}, ...origins: string[]) =>
    watch.over(await browser.newContext(options), server.url, ...origins).newPage()

  const open = async (view: Page, search = '') => {
    await view.goto(`${server.url}/graphql${search}`)
    await view.locator('#loading').waitFor({ state: 'detached' })
  }

  const resultWith = (view: Page, text: string) =>
    view.waitForFunction(
      (part) => document.querySelector('.result-window')?.textContent?.includes(part),
      text,
    )

  /**
   * Until the page leaves its elements as they are. CodeMirror colours a long answer a third of a second after it has come,
   * by other elements, and axe fails on those that come while it looks.
   */
  const standing = (view: Page) =>
    view.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const wait = () => setTimeout(() => resolve(watching.disconnect()), 500)
          const watching = new MutationObserver(() => {
            clearTimeout(waiting)
            waiting = wait()
          })
          let waiting = wait()
          watching.observe(document, { childList: true, subtree: true })
        }),
    )

  /** axe, on the page as it is, in light and in dark. */
  const judge = async (what: string, view = page) => {
    await standing(view)
    for (const colorScheme of ['light', 'dark'] as const) {
      await view.emulateMedia({ colorScheme })
      expect([what, colorScheme, await faultsOn(view)]).toEqual([what, colorScheme, []])
    }
  }

  const write = async (document: string) => {
    await page.locator('.graphiql-query-editor').first().click()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.insertText(document)
  }

  /** Shows a tab, and gives the document in it. */
  const show = async (tab: string): Promise<string> => {
    await page.locator('.graphiql-tab-button').getByText(tab, { exact: true }).click()
    const shown = await page.waitForFunction((name) => {
      const editor = document.querySelector('.graphiql-query-editor .CodeMirror')
      const text = (editor as unknown as { CodeMirror: { getValue(): string } }).CodeMirror
      return new RegExp(`^(query|mutation|subscription) ${name}\\b`, 'm').test(text.getValue())
        ? text.getValue()
        : null
    }, tab)
    return (await shown.jsonValue()) ?? ''
  }

  /** Runs a tab, whose answer must be no error of any kind and must stand beside it. */
  const run = async (tab: string, edited?: (document: string) => string) => {
    const document = await show(tab)
    if (edited) await write(edited(document))
    const { data, errors } = await execute(page, ` ${tab}`)
    expect([tab, errors, JSON.stringify(data)]).toEqual([
      tab,
      undefined,
      expect.not.stringMatching(/"code":|"fields":/),
    ])
    await resultWith(page, `"${Object.keys(data)[0]}"`)
    await judge(tab)
    return data
  }

  /** Runs the Stream tab, which goes on. */
  const listen = async () => {
    await show('Stream')
    const asked = page.waitForRequest((request) => /subscription/.test(request.postData() ?? ''))
    await page.locator('.graphiql-execute-button').click()
    const answer = await (await asked).response()
    expect(answer?.headers()['content-type']).toBe('text/event-stream')
  }

  test('axe finds nothing on GraphiQL, by all of its rules: wide with each of its panels, on a phone, in light and dark', async () => {
    for (const options of [
      { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
      { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
    ] as const) {
      const isWide = options.viewport.width > 1000
      const [documentation, ...others] = ['Documentation Explorer', 'History', 'GraphiQL Explorer']
      const view = await newPage(options)
      await open(view)
      const judge = async (what: string) => {
        expect([what, await faultsOn(view), await overflowOf(view)]).toEqual([what, [], 0])
      }
      await judge('the tabs')
      await execute(view, 'mutation Register')
      await resultWith(view, 'expiresAt')
      await judge('an answer')
      for (const panel of isWide ? [documentation, ...others] : [documentation]) {
        await view.getByRole('button', { name: `Show ${panel}` }).click()
        await view.getByRole('button', { name: `Hide ${panel}` }).waitFor()
        await judge(panel)
      }
      await view.locator('.graphiql-sidebar button.active').click()
      for (const dialog of isWide ? ['short keys', 'settings'] : ['settings']) {
        await view.getByRole('button', { name: `Open ${dialog} dialog` }).click()
        await view.getByRole('dialog').waitFor()
        await judge(dialog)
        await view.keyboard.press('Escape')
        await view.getByRole('dialog').waitFor({ state: 'detached' })
      }
      await view.getByRole('button', { name: 'Add tab' }).click()
      await judge('a further tab')
      await view.context().close()
    }
  })

  test('GraphiQL opens with a tab for each step of a first visit, all of them in sight at 1280 pixels', async () => {
    const tabs = page.locator('.graphiql-tab-button')
    expect(await tabs.allInnerTexts()).toEqual(tabNames)
    for (const tab of await tabs.all()) {
      const isInSight = await tab.evaluate((element) => {
        const { left, right, top, height } = element.getBoundingClientRect()
        return [left + 1, right - 1].every((x) =>
          element.contains(document.elementFromPoint(x, top + height / 2)),
        )
      })
      expect([await tab.innerText(), isInSight]).toEqual([await tab.innerText(), true])
    }
    const selected = page.getByRole('button', { name: 'Register', exact: true })
    expect(await selected.getAttribute('aria-current')).toBe('true')
  })

  test('on a phone the tabs of GraphiQL run, and the answer has room below the editor', async () => {
    const view = await newPage({ ...devices['iPhone 13'] })
    await open(view)
    const { width } = view.viewportSize() ?? { width: 0 }
    expect(await view.evaluate(() => innerWidth)).toBe(width)
    await execute(view, 'mutation Register')
    await resultWith(view, 'expiresAt')
    for (const part of ['.graphiql-query-editor', '.result-window']) {
      const box = await view.locator(part).boundingBox()
      expect([part, box!.width > 0.85 * width, box!.height > 150]).toEqual([part, true, true])
    }
    await view.context().close()
  })

  test('on a phone of 375 pixels a finger reaches the last tab of GraphiQL, moves no tab, and one that it touches is whole in sight and runs', async () => {
    const phone = { viewport: { width: 375, height: 667 }, isMobile: true, hasTouch: true }
    const view = await newPage(phone)
    await open(view)
    const tabs = view.locator('.graphiql-tab-button')
    const finger = await view.context().newCDPSession(view)
    const row = view.locator('.graphiql-tabs')
    /** Where the row stands, once it no longer runs on: it would take the next touch for a stop. */
    const standing = () =>
      row.evaluate(async (element) => {
        let still = 0
        for (let last = -1; still < 10; last = element.scrollLeft) {
          await new Promise(requestAnimationFrame)
          still = element.scrollLeft === last ? still + 1 : 0
        }
      })
    const swipe = async (toRight: number) => {
      const y = 28
      for (let at = 0; at <= 12; at++) {
        const points = [{ x: 187 + (toRight * (at - 6)) / 12, y }]
        const type = at === 0 ? 'touchStart' : 'touchMove'
        await finger.send('Input.dispatchTouchEvent', { type, touchPoints: points })
        // A finger that is slow throws no row on.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
      await standing()
    }
    const isInSight = (name: string) =>
      tabs.getByText(name, { exact: true }).evaluate((button) => {
        const { left, right } = button.closest('.graphiql-tab')!.getBoundingClientRect()
        return left >= 0 && right <= innerWidth
      })
    expect(await isInSight('Logout')).toBe(false)
    for (let times = 0; times < 12 && !(await isInSight('Logout')); times++) await swipe(-250)
    expect(await isInSight('Logout')).toBe(true)
    for (let times = 0; times < 12 && !(await isInSight('Session')); times++) await swipe(250)
    expect(await tabs.allInnerTexts()).toEqual(tabNames)
    await tabs.getByText('Session', { exact: true }).tap()
    const shown = view.locator('.graphiql-tab-active')
    await shown.getByText('Session', { exact: true }).waitFor()
    await view.locator('.graphiql-query-editor').getByText('isAuthenticated').waitFor()
    await expect.poll(() => isInSight('Session')).toBe(true)
    await execute(view, 'query Session')
    await resultWith(view, '"isAuthenticated"')
    expect(await overflowOf(view)).toBe(0)
    await view.context().close()
  })

  test('at 375 pixels the open tab of GraphiQL is in sight when a window gets so narrow, when it is new, and when its operation gets a longer name', async () => {
    const view = await newPage({ viewport: { width: 1280, height: 800 } })
    await open(view)
    const isInSight = (name: string) =>
      view
        .locator('.graphiql-tab-active')
        .filter({ hasText: name })
        .evaluate((tab) => {
          const { left, right } = tab.getBoundingClientRect()
          return left >= 0 && right <= innerWidth
        })
    await view.locator('.graphiql-tab-button').getByText('Logout', { exact: true }).click()
    await view.locator('.graphiql-query-editor').getByText('logout', { exact: true }).waitFor()
    await view.setViewportSize({ width: 375, height: 667 })
    await expect.poll(() => isInSight('Logout')).toBe(true)
    await view.getByRole('button', { name: 'Add tab' }).click()
    await expect.poll(() => isInSight('<untitled>')).toBe(true)
    await view.locator('.graphiql-query-editor').first().click()
    await view.keyboard.press('ControlOrMeta+A')
    await view.keyboard.insertText('query OfAVisitorWithALongName { me { id } }')
    await expect.poll(() => isInSight('OfAVisitorWithALongName')).toBe(true)
    await view.context().close()
  })

  test('run as they stand from left to right, the tabs of GraphiQL do what they say, those of staff for staff alone, and axe finds nothing on them and their answers, in light and dark', async () => {
    const { register } = await run('Register')
    expect(register).toMatchObject({ user: { username: expect.stringMatching(/^ada-/) } })
    await run('Login')
    for (const tab of ['Preferences', 'Cart', 'Value']) await run(tab)
    expect(await run('Session')).toMatchObject({
      session: { isAuthenticated: true, keys: expect.arrayContaining(['greeting']) },
      preferences: { theme: 'DARK' },
      cart: { totalQuantity: 2 },
    })
    expect(await run('Devices')).toMatchObject({
      me: { sessions: { nodes: [{ isCurrent: true }] } },
    })
    await listen()
    expect(await run('Password')).toMatchObject({ changePassword: { revokedCount: 0 } })
    for (const tab of ['Sessions', 'Audit']) {
      expect(await show(tab)).toMatch(/^# For staff/)
      const { errors } = await execute(page, ` ${tab}`)
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
      await resultWith(page, 'FORBIDDEN')
    }
    expect(await run('Logout')).toMatchObject({ logout: { session: { isAuthenticated: false } } })

    await server.app.users.create({ username: 'chief', password, isStaff: true })
    await run('Login', (document) =>
      document
        .replace(/username: "[^"]*"/, 'username: "chief"')
        .replace(/password: "[^"]*"/, `password: "${password}"`),
    )
    expect(await run('Sessions')).toMatchObject({
      sessions: { nodes: expect.arrayContaining([expect.objectContaining({ isCurrent: true })]) },
    })
    expect(await run('Audit')).toMatchObject({
      auditEvents: { nodes: expect.arrayContaining([expect.objectContaining({ type: 'LOGIN' })]) },
    })
  })

  test('the Stream tab of GraphiQL shows each event, and the button ends it', async () => {
    await listen()
    await page.evaluate(() =>
      fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"mutation { setSessionValue(key: \\"seen\\", value: 2) { __typename } }"}',
      }),
    )
    await resultWith(page, 'expiresAt')
    await judge('Stream')
    const ended = page.waitForEvent('requestfailed')
    await page.locator('.graphiql-execute-button').click()
    expect((await ended).postData()).toContain('subscription')
  })

  test('the keyboard alone opens a tab of GraphiQL, leaves its editor, sees where it is, and runs the document', async () => {
    const view = await newPage()
    await open(view)
    const tabTo = async (label: string, key = 'Tab') => {
      for (let presses = 0; presses < 60; presses++) {
        await view.keyboard.press(key)
        const [name, outline] = await view.evaluate(() => {
          const at = document.activeElement!
          return [at.ariaLabel ?? at.textContent, getComputedStyle(at).outlineWidth] as const
        })
        if (name?.startsWith(label)) return outline
      }
      throw new Error(`No ${key} leads to ${label}.`)
    }
    expect(await tabTo('Session')).toBe('2px')
    await view.keyboard.press('Enter')
    await tabTo('Query Editor')
    expect(await tabTo('Execute query')).toBe('2px')
    await view.keyboard.press('Enter')
    await resultWith(view, '"isAuthenticated"')
    await tabTo('Session', 'Shift+Tab')
    await view.context().close()
  })

  test('each kind of word has letters that can be read in GraphiQL, in the editor and in an answer, in light and dark', async () => {
    await write(`# Each kind of word.
query Words($key: String! = "none", $isFull: Boolean = true) {
  me { sessions(first: 1) { nodes { isCurrent } } }
  session @include(if: $isFull) { ...Words }
  preferences { theme }
}
fragment Words on Session { isAuthenticated secondsLeft serverTime endReason none: value(key: $key) }`)
    await page.locator('.graphiql-execute-button').click()
    await resultWith(page, 'endReason')
    const kinds = await page
      .locator('.result-window [class^=cm-]')
      .evaluateAll((words) => words.map(({ className }) => className))
    // null, true, 120 and an instant.
    expect(kinds).toEqual(
      expect.arrayContaining(['cm-keyword', 'cm-builtin', 'cm-number', 'cm-string']),
    )
    await judge('each kind of word')
  })

  test('GraphiQL shows what the server says of a document that it cannot read, and no stack', async () => {
    await write('{ me } }')
    await watch.expecting(/status of 400 .*\/graphql$/, async () => {
      await page.locator('.graphiql-execute-button').click()
      await resultWith(page, 'BAD_USER_INPUT')
    })
    expect(await page.locator('.result-window').textContent()).not.toMatch(/stack|\.js:/)
    await judge('what cannot be read')
  })

  test('GraphiQL shows its button no sooner than a click on it works, however late its script comes', async () => {
    const late = await newPage()
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
    await late.context().close()
  })

  test('GraphiQL says so where a file of it does not come', async () => {
    const without = await newPage()
    await without.route(/graphiql=\w+\.js$/, (route) => route.abort())
    const files = 2
    await watch.expecting(
      /net::ERR_FAILED .*graphiql=\w+\.js$/,
      async () => {
        await without.goto(`${server.url}/graphql`)
        await without.getByText('GraphiQL did not load. Load this page again.').waitFor()
      },
      files,
    )
    await without.context().close()
  })

  test('GraphiQL opens the document of a link, and writes none into its address', async () => {
    const linked = await newPage()
    await open(linked, '?query=query%20Linked%20{__typename}')
    expect(await execute(linked, 'query Linked')).toEqual({ data: { __typename: 'Query' } })
    expect(await faultsOn(linked)).toEqual([])
    await linked.context().close()
    expect(page.url()).toBe(`${server.url}/graphql`)
  })

  test.skipIf(nginxProgram === null)(
    'GraphiQL asks the address it was loaded from, below a prefix too',
    async () => {
      const nginx = await startNginx(
        `location /shop/ { proxy_pass ${server.url}/; proxy_set_header Host $http_host; }`,
      )
      const below = await newPage({}, `${nginx.url}/shop`)
      const sent = below.waitForResponse((answer) => answer.request().method() === 'POST')
      await below.goto(`${nginx.url}/shop/graphql`)
      await execute(below, 'mutation Register')
      const answer = await sent
      expect([answer.url(), answer.status()]).toEqual([`${nginx.url}/shop/graphql`, 200])
      await below.context().close()
      await nginx.stop()
    },
  )

  test(
    'GraphiQL sends requests to its own server only, and writes no error and no warning to the console',
    { tags: ['E14'] },
    async () => {
      const view = await newPage()
      const asked: string[] = []
      view.on('request', (request) => asked.push(request.url()))
      await open(view)
      await execute(view, 'mutation Register')
      await resultWith(view, 'expiresAt')
      await view.getByRole('button', { name: 'Show Documentation Explorer' }).click()
      await view.getByText('Root Types').waitFor()
      // Its files are among what the watch has seen.
      expect(asked).toContainEqual(expect.stringMatching(/graphiql=\w+\.js$/))
      expect(await watch.take(page.context())).toEqual([])
    },
  )
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
      ADMIN: 'false',
    })
  })
  afterAll(() => server?.stop())

  const ask = (search: string, { cookie }: Visitor) =>
    fetch(`${server.url}/graphql${search}`, {
      headers: { accept: 'text/html', ...(cookie !== null && { cookie: `sessionid=${cookie}` }) },
    })

  test(
    'in production GraphiQL’s page and its files are for staff, and others are asked to sign in',
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
        const asked = await ask('', visitor)
        expect([asked.status, asked.headers.get('cache-control')]).toEqual([200, 'no-store'])
        const text = await asked.text()
        expect(text).toContain('GraphiQL is for staff here')
        expect(text).not.toMatch(/\?graphiql=|__schema|graphiql-container/)
        for (const name of names) expect((await ask(name, visitor)).status).toBe(406)
      }
      for (const name of names) expect((await ask(name, chief)).status).toBe(200)
    },
  )

  test(
    'in production no tab of GraphiQL makes an account or signs in, and no caller gets the schema',
    { tags: ['E12'] },
    async () => {
      const chief = await server.signedIn('boss', { isStaff: true })
      const html = await (await ask('', chief)).text()
      expect(html).toContain('query Sessions')
      // As a word: the name of a file has digits of its own, which may spell it.
      expect(html).not.toMatch(/mutation (Register|Login)|\bada\b/)
      const { errors } = await chief.send('{ __schema { queryType { name } } }')
      expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
    },
  )

  test.skipIf(chromiumPath === null)(
    'passwords that staff type into GraphiQL are in no storage of the page and in no tab after the sign-out, and what another GraphiQL of the same origin has stored stays as it is',
    async () => {
      const [staff, changed] = ['forgetful', 'a horse of another colour']
      await server.signedIn(staff, { isStaff: true })
      const browser = await launchChromium()
      const watch = createWatch()
      const context = watch.over(await browser.newContext(), server.url)
      const page = await context.newPage()
      const stored = () =>
        page.evaluate(async () => [
          JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
          ...(await indexedDB.databases()).map(({ name }) => name),
          ...(await caches.keys().catch(() => [])),
        ])
      const ofNeighbour = {
        'graphiql:tabState': 'of another',
        'graphiql:query': 'of another',
        'graphiql:theme': 'light',
        'of-the-site': 'of another',
      }
      const left = [{ 'coatcheck:graphiql:theme': 'dark', ...ofNeighbour }, {}]
      const isDark = async () => (await page.locator('body.graphiql-dark').count()) === 1
      const signIn = async (secret: string) => {
        await page.getByLabel('Username').fill(staff)
        await page.getByLabel('Password').fill(secret)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.locator('#loading').waitFor({ state: 'detached' })
        await page.locator('.graphiql-query-editor .CodeMirror-line').first().waitFor()
      }
      const show = async (tab: string, part: string) => {
        await page.locator('.graphiql-tab-button').getByText(tab, { exact: true }).click()
        await page.locator('.graphiql-query-editor').getByText(part).first().waitFor()
      }
      const documentOf = () =>
        page
          .locator('.graphiql-query-editor .CodeMirror')
          .evaluate((editor) =>
            (editor as unknown as { CodeMirror: { getValue(): string } }).CodeMirror.getValue(),
          )
      const keepsAll = async () => {
        const [texts, ...others] = await stored()
        expect([JSON.parse(texts!), others]).toEqual([left, []])
      }
      await page.goto(`${server.url}/graphql`)
      await page.evaluate((all) => Object.assign(localStorage, all), ofNeighbour)
      await signIn(password)
      expect(await isDark()).toBe(false)
      await page.getByRole('button', { name: 'Open settings dialog' }).click()
      await page.getByRole('button', { name: 'Dark', exact: true }).click()
      await page.reload()
      await page.locator('#loading').waitFor({ state: 'detached' })
      await expect.poll(isDark).toBe(true)
      await keepsAll()

      await show('Password', 'changePassword')
      const document = (await documentOf())
        .replace('currentPassword: ""', `currentPassword: "${password}"`)
        .replace('newPassword: ""', `newPassword: "${changed}"`)
      await page.locator('.graphiql-query-editor').first().click()
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.insertText(document)
      expect(await execute(page, 'mutation Password')).toMatchObject({
        data: { changePassword: { revokedCount: 1 } },
      })
      // As long as the page stays, so does the document. GraphiQL has put it into its history when it ran.
      await show('Logout', 'logout')
      await show('Password', changed)
      await keepsAll()
      await show('Logout', 'logout')
      await page.locator('.graphiql-execute-button').click()
      await page.getByRole('heading', { name: 'GraphiQL is for staff here' }).waitFor()
      await keepsAll()
      await signIn(changed)
      await show('Password', 'changePassword')
      expect(await documentOf()).toContain('newPassword: ""')
      expect(await page.content()).not.toContain(changed)
      await browser.close()
      expect(watch.complaints).toEqual([])
    },
  )

  test.skipIf(chromiumPath === null)(
    'in production GraphiQL’s page has a sign-in, which refuses a wrong password and a user who is not staff, and lets staff in without /admin',
    async () => {
      await server.signedIn('staff', { isStaff: true })
      await server.signedIn('bob')
      expect((await fetch(`${server.url}/admin`)).status).toBe(404)
      const browser = await launchChromium()
      const watch = createWatch()
      const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
      const page = await watch.over(context, server.url).newPage()
      await page.goto(`${server.url}/graphql`)
      const signIn = async (username: string, secret: string) => {
        await page.getByLabel('Username').fill(username)
        await page.getByLabel('Password').fill(secret)
        await page.getByRole('button', { name: 'Sign in' }).click()
      }
      await signIn('staff', 'not the one')
      await page.getByRole('alert').getByText('The username or the password is wrong.').waitFor()
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect([await faultsOn(page), await overflowOf(page)]).toEqual([[], 0])
      }
      expect(await page.evaluate(() => innerWidth)).toBe(390)
      expect(await page.locator('link[rel=icon]').count()).toBe(1)
      await signIn('bob', password)
      await page.getByRole('alert').getByText('you are not staff').waitFor()
      await signIn('staff', password)
      await page.locator('.graphiql-query-editor .CodeMirror-line').first().waitFor()
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await faultsOn(page)).toEqual([])
      }
      // It opens with what staff come for, which runs as it is.
      const current = page.locator('.graphiql-tab-button[aria-current=true]')
      expect(await current.innerText()).toBe('Sessions')
      expect(await execute(page, 'query Sessions')).toMatchObject({
        data: {
          sessions: {
            nodes: expect.arrayContaining([expect.objectContaining({ isCurrent: true })]),
          },
        },
      })
      // The schema has come with the page: the documentation shows it, where introspection is off.
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
      await page.getByText('Root Types').waitFor()
      expect(page.url()).toBe(`${server.url}/graphql`)
      // The age of staff, half an hour, where visitors have five minutes.
      const [{ expires } = { expires: 0 }] = await context.cookies()
      expect(Math.round((expires - Date.now() / 1000) / 600)).toBe(3)
      await browser.close()
      expect(watch.complaints).toEqual([])
    },
  )
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
