import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { loginDocument, password } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { chromiumPath, createWatch, launchChromium, overflowOf } from '../watched-browser.ts'
import { startAdmin } from './client.ts'
import { focusedNow, stopsOn } from './focus.ts'
import { signInAsChief } from './sign-in-as-chief.ts'

describe.skipIf(chromiumPath === null)('the admin pages for readers of every kind', () => {
  let server: TestServer
  let browser: Browser
  let queries: readonly string[]
  const watch = createWatch()

  beforeAll(async () => {
    server = await startAdmin()
    browser = await launchChromium()
    const visitor = server.visitor()
    await visitor.data(loginDocument, { username: 'ada', password })
    await visitor.data('mutation { setSessionValue(key: "note", value: {a: 1}) { __typename } }')
    const { id } = (await visitor.data('{ session { id } }')).session
    const user = await server.app.users.find({ username: 'ada' })
    queries = [
      '?page=home',
      '?page=sessions',
      `?page=session&id=${id}`,
      '?page=users',
      `?page=user&id=${user!.id}`,
      '?page=new-user',
      '?page=audit',
    ]
  })
  afterEach(async () => expect(await watch.take()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const at = (query: string) => `${server.url}/admin${query}`

  /** A page of a member of staff who has signed in. */
  async function signedIn(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context: BrowserContext = await browser.newContext(options)
    const page = await watch.over(context, at('')).newPage()
    await signInAsChief(page, at(''))
    return page
  }

  test('the Tab key reaches every control of every admin page in the order of the eye, each with a mark, and leaves the page', async () => {
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      const page = await signedIn({ viewport })
      for (const query of queries) {
        await page.goto(at(query))
        const { stops, controls, hasLeft } = await stopsOn(page)
        expect([query, stops.map(({ name }) => name)]).toEqual([query, controls])
        expect([query, hasLeft]).toEqual([query, true])
        expect([query, stops[0]?.name]).toEqual([query, 'Skip to the content'])
        const unmarked = stops.filter(({ isMarked, isInSight }) => !isMarked || !isInSight)
        expect([query, unmarked]).toEqual([query, []])
        // The header goes row by row, from left to right: no stop lies above the one before it.
        const header = stops.filter(({ isInHeader }) => isInHeader)
        expect(header.length).toBeGreaterThanOrEqual(6)
        const ups = header.filter((stop, n) => n > 0 && stop.bottom <= header[n - 1]!.top)
        expect([query, viewport.width, ups]).toEqual([query, viewport.width, []])
      }
      await page.context().close()
    }
  })

  test('the skip link of the admin pages leads past the navigation, and the next Tab is in the content', async () => {
    const page = await signedIn()
    await page.goto(at('?page=sessions'))
    await page.keyboard.press('Tab')
    expect((await focusedNow(page)).name).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect((await focusedNow(page)).name).toBe('Whole username')
    await page.context().close()
  })

  test('with the keyboard alone staff pick a session, look at it once more, end it, and have the focus on the notice that says so', async () => {
    const visitor = server.visitor()
    await visitor.data(loginDocument, { username: 'ada', password })
    const page = await signedIn()
    await page.goto(at('?page=sessions&user=ada'))
    const go = async (name: RegExp) => {
      for (let times = 0; times < 60; times++) {
        await page.keyboard.press('Tab')
        if (name.test((await focusedNow(page)).name)) return
      }
      throw new Error(`The Tab key does not lead to ${name}.`)
    }
    await go(/^Pick session .* of ada$/)
    await page.keyboard.press('Space')
    await go(/^End the picked…$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'End this session?' }).waitFor()
    await go(/^End 1 session$/)
    await page.keyboard.press('Space')
    const notice = page.getByRole('status')
    await notice.waitFor()
    expect(await notice.innerText()).toBe('1 session ended.')
    await expect
      .poll(() => notice.evaluate((element) => element === document.activeElement))
      .toBe(true)
    expect((await visitor.data('{ me { username } }')).me).toBeNull()
    await page.context().close()
  })

  test.each([true, false])(
    'with JavaScript: %s, an admin page that refuses a form puts the focus on the field that is wrong, which says why',
    async (javaScriptEnabled) => {
      const page = await signedIn({ javaScriptEnabled })
      await page.goto(at('?page=new-user'))
      await page.getByLabel('Username').fill('ada')
      await page.getByLabel('Password').fill('123')
      await page.keyboard.press('Enter')
      await page.getByText('This username is taken.').waitFor()
      expect(await page.title()).toBe('Error: Make a user · Coatcheck')
      const name = page.getByRole('textbox', { name: 'Username' })
      expect(await page.locator(':focus').getAttribute('name')).toBe('username')
      expect(await name.getAttribute('aria-invalid')).toBe('true')
      const said = (await name.getAttribute('aria-describedby'))!.split(' ')
      const texts = await Promise.all(said.map((id) => page.locator(`#${id}`).innerText()))
      expect(texts.at(-1)).toBe('This username is taken.')
      expect(await page.getByText('At least 8 characters.').isVisible()).toBe(true)

      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByLabel('Username').fill('chief')
      await page.getByLabel('Password').fill('wrong')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').waitFor()
      const word = page.locator(':focus')
      expect(await word.getAttribute('name')).toBe('password')
      const by = await word.getAttribute('aria-describedby')
      expect(await page.locator(`#${by}`).innerText()).toBe(
        'The username or the password is wrong, or the user is not staff.',
      )
      expect(await page.title()).toBe('Error: Staff sign-in · Coatcheck')
      await page.context().close()
    },
  )

  test('every admin page has one h1, and no heading skips a level', async () => {
    const page = await signedIn()
    for (const query of queries) {
      await page.goto(at(query))
      const levels = await page
        .locator('h1, h2, h3, h4, h5, h6')
        .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])))
      expect([query, levels[0], levels.filter((level) => level === 1).length]).toEqual([
        query,
        1,
        1,
      ])
      const skips = levels.filter((level, n) => n > 0 && level > levels[n - 1]! + 1)
      expect([query, skips]).toEqual([query, []])
    }
    await page.context().close()
  })

  test('on a phone too, a screen reader finds tables on the admin pages, with a caption and a header for each column and row', async () => {
    for (const width of [1280, 390]) {
      const page = await signedIn({ viewport: { width, height: 800 } })
      const tables = queries.filter((query) => /home|sessions|users|audit|user&/.test(query))
      for (const query of tables) {
        await page.goto(at(query))
        for (const numbers of await page.locator('summary', { hasText: 'in numbers' }).all())
          await numbers.click()
        for (const table of await page.getByRole('table').all()) {
          expect((await table.locator('caption').innerText()).trim()).not.toBe('')
          const columns = await table.locator('thead th').count()
          const count = async (role: 'columnheader' | 'rowheader' | 'row') =>
            table.getByRole(role, { includeHidden: false }).count()
          expect([query, width, await count('columnheader')]).toEqual([query, width, columns])
          const rows = await table.locator('tbody tr').count()
          expect([query, width, await count('rowheader')]).toEqual([query, width, rows])
          expect([query, width, await count('row')]).toEqual([query, width, rows + 1])
        }
        expect(await page.getByRole('table').count()).toBe(await page.locator('table').count())
      }
      await page.context().close()
    }
  })

  test('at 200 and 400 percent no admin page is wider than the window, and no text or control lies over another', async () => {
    for (const viewport of [
      { width: 640, height: 400 },
      { width: 320, height: 256 },
    ]) {
      const page = await signedIn({ viewport })
      for (const query of [...queries, '?page=sessions&user=nobody']) {
        await page.goto(at(query))
        expect([query, viewport.width, await overflowOf(page)]).toEqual([query, viewport.width, 0])
        const cut = await page
          .locator('main :is(a, button, input, select, h1, h2, h3, b, dd, td > div)')
          .evaluateAll((all) =>
            all
              .filter((element) => element.checkVisibility())
              .filter(
                ({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1,
              )
              .map(({ outerHTML }) => outerHTML.slice(0, 120)),
          )
        expect([query, viewport.width, cut]).toEqual([query, viewport.width, []])
      }
      await page.context().close()
    }
  })

  test('with forced colours the admin pages still show the current page, the health and the bars of the charts', async () => {
    const page = await signedIn({ forcedColors: 'active' })
    const style = (place: string, name: string) =>
      page
        .locator(place)
        .first()
        .evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name)
    expect(await style('nav a[aria-current]', 'text-decoration-line')).toBe('underline')
    expect(await style('nav a:not([aria-current])', 'text-decoration-line')).toBe('none')
    const ground = await style('body', 'background-color')
    expect(await style('.dot.good', 'background-color')).not.toBe(ground)
    expect(await style('.chart .bar', 'fill')).not.toBe(await style('.chart .slot', 'fill'))
    await page.context().close()
  })

  test('nothing on the admin pages moves by itself', async () => {
    const page = await signedIn()
    for (const query of queries) {
      await page.goto(at(query))
      const moving = await page.evaluate(
        () =>
          [...document.querySelectorAll('*')].filter((element) => {
            const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element)
            return (
              animationName !== 'none' || transitionDuration !== '0s' || scrollBehavior !== 'auto'
            )
          }).length,
      )
      expect([query, moving]).toEqual([query, 0])
    }
    await page.context().close()
  })

  test('without JavaScript the admin pages show no control that would do nothing', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await signedIn({ javaScriptEnabled })
      await page.goto(at('?page=sessions'))
      const all = page.getByLabel('All on this page')
      expect([javaScriptEnabled, await all.isVisible()]).toEqual([
        javaScriptEnabled,
        javaScriptEnabled,
      ])
      await page.context().close()
    }
  })
})
