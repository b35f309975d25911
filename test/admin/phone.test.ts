import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TestServer } from '../harness.ts'
import { chromiumPath, createWatch, launchChromium, overflowOf } from '../watched-browser.ts'
import { startAdmin } from './client.ts'
import { stopsOn } from './focus.ts'
import { signInAsChief } from './sign-in-as-chief.ts'

const viewport = { width: 375, height: 667 }

describe.skipIf(chromiumPath === null)('the admin pages on a phone', () => {
  let server: TestServer
  let browser: Browser
  const watch = createWatch()

  beforeAll(async () => {
    server = await startAdmin()
    browser = await launchChromium()
    const write = 'mutation { setSessionValue(key: "a", value: 1) { __typename } }'
    await Promise.all(Array.from({ length: 12 }, () => server.visitor().data(write)))
  })
  afterEach(async () => expect(await watch.take()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const at = (query: string) => `${server.url}/admin${query}`

  async function signedIn(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const phone = { viewport, isMobile: true, hasTouch: true, ...options }
    const page = await watch.over(await browser.newContext(phone), at('')).newPage()
    await signInAsChief(page, at(''))
    return page
  }

  /** Where the lowest button of the bar ends, and whether both can be touched: they are in the window, and under nothing. */
  const barOf = (page: Page) =>
    page.locator('form > .below').evaluate((bar) => {
      const buttons = [...bar.querySelectorAll('button')]
      const boxes = buttons.map((button) => button.getBoundingClientRect())
      const canBeTouched = boxes.map(({ left, right, top, bottom }, n) => {
        const middle = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
        return bottom <= innerHeight && buttons[n] === middle
      })
      return { canBeTouched, end: Math.max(...boxes.map(({ bottom }) => bottom)) }
    })

  test.each([true, false])(
    'with JavaScript: %s, staff on a phone who pick a session at the top of the list reach the button that ends it without scrolling',
    async (javaScriptEnabled) => {
      const page = await signedIn({ javaScriptEnabled })
      await page.goto(at('?page=sessions'))
      await page.locator('tbody input[type=checkbox]').nth(1).tap()
      expect(await page.evaluate(() => scrollY + innerHeight)).toBeLessThan(
        await page.evaluate(() => document.documentElement.scrollHeight - innerHeight),
      )
      expect((await barOf(page)).canBeTouched).toEqual([true, true])
      expect(await page.locator('output').innerText()).toBe(javaScriptEnabled ? '1 picked' : '')
      expect(await overflowOf(page)).toBe(0)
      await page.getByRole('button', { name: 'End the picked…' }).tap()
      await page.getByRole('heading', { name: 'End this session?' }).waitFor()
      await page.context().close()
    },
  )

  test('the bar beneath the list of sessions says how many are picked, and says the same after the back button', async () => {
    const page = await signedIn()
    await page.goto(at('?page=sessions'))
    const count = page.locator('output')
    const all = page.getByLabel('All on this page')
    const isMixed = () => all.evaluate((box: HTMLInputElement) => box.indeterminate)
    expect(await count.innerText()).toBe('')
    await page.locator('tbody input[type=checkbox]').first().tap()
    expect([await count.innerText(), await isMixed()]).toEqual(['1 picked', true])
    await all.tap()
    const boxes = await page.locator('tbody input[type=checkbox]').count()
    expect([await count.innerText(), await isMixed()]).toEqual([`${boxes} picked`, false])
    await page.locator('tbody input[type=checkbox]').nth(2).tap()
    expect([await count.innerText(), await all.isChecked()]).toEqual([`${boxes - 1} picked`, false])
    await page.getByRole('link', { name: 'Audit' }).tap()
    await page.waitForURL(/page=audit/)
    await page.goBack()
    await page.waitForURL(/page=sessions/)
    const picked = await page.locator('tbody input:checked').count()
    await expect.poll(() => count.innerText()).toBe(picked === 0 ? '' : `${picked} picked`)
    await page.context().close()
  })

  test('the bar beneath the list of sessions covers neither the focus nor the last row, and leaves the edge of the screen to the phone', async () => {
    for (const size of [viewport, { width: 320, height: 568 }]) {
      const page = await signedIn({ viewport: size })
      await page.goto(at('?page=sessions'))
      // Only then it is over the list. A click would move the focus.
      const box = page.locator('tbody input[type=checkbox]').first()
      await box.evaluate((one: HTMLInputElement) => void (one.checked = true))
      expect([size, await overflowOf(page)]).toEqual([size, 0])
      const { stops, controls } = await stopsOn(page)
      expect(stops).toHaveLength(controls.length)
      expect([size, stops.filter(({ isInSight }) => !isInSight)]).toEqual([size, []])
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
      const [rows, bar] = [page.locator('tbody tr').last(), page.locator('form > .below')]
      const [last, below] = [await rows.boundingBox(), await bar.boundingBox()]
      expect(last!.y + last!.height).toBeLessThanOrEqual(below!.y)

      await page.locator('tbody th').first().scrollIntoViewIfNeeded()
      await page.locator('tbody input[type=checkbox]').first().focus()
      const phone = await page.context().newCDPSession(page)
      await phone.send('Emulation.setSafeAreaInsetsOverride', { insets: { bottom: 34 } })
      await expect.poll(async () => (await barOf(page)).end).toBeLessThanOrEqual(size.height - 34)
      expect((await barOf(page)).canBeTouched).toEqual([true, true])
      await page.context().close()
    }
  })

  test.each([true, false])(
    'with JavaScript: %s, the filter of a list is folded up on a phone until it is asked for or asks for something, so that the list begins on the first screen',
    async (javaScriptEnabled) => {
      const page = await signedIn({ javaScriptEnabled })
      for (const [name, set] of [
        ['sessions', '&status=ANY'],
        ['audit', '&type=LOGIN'],
      ]) {
        await page.goto(at(`?page=${name}`))
        const [search, fold] = [page.getByRole('search'), page.locator('.fold summary')]
        expect([name, await search.isVisible()]).toEqual([name, false])
        const first = await page.locator('tbody tr').first().boundingBox()
        expect([name, first!.y < viewport.height / 2, first!.y]).toEqual([name, true, first!.y])
        await fold.tap()
        expect([name, await search.isVisible(), await overflowOf(page)]).toEqual([name, true, 0])
        await fold.tap()
        expect([name, await search.isVisible()]).toEqual([name, false])
        await fold.press('Enter')
        await search.getByRole('button', { name: 'Search' }).tap()
        await page.waitForURL(/user=/)
        expect([name, await search.isVisible()]).toEqual([name, false]) // it asks for nothing
        await page.goto(at(`?page=${name}${set}`))
        expect([name, await search.isVisible(), await overflowOf(page)]).toEqual([name, true, 0])
      }
      await page.context().close()
    },
  )

  test('a wide window shows the filter of a list in /admin whether it asks for something or not, and nothing to fold it with', async () => {
    const page = await signedIn({ viewport: { width: 1280, height: 800 }, isMobile: false })
    for (const query of ['?page=sessions', '?page=sessions&user=ada', '?page=audit']) {
      await page.goto(at(query))
      const [search, fold] = [page.getByRole('search'), page.locator('.fold')]
      const shown = [query, await search.isVisible(), await fold.isVisible()]
      expect(shown).toEqual([query, true, false])
    }
    await page.context().close()
  })

  test('the bar beneath the list of sessions stays at its end until a session is picked, and again when none is', async () => {
    const page = await signedIn()
    await page.goto(at('?page=sessions'))
    const box = page.locator('tbody input[type=checkbox]').first()
    const isInSight = async () => (await barOf(page)).end <= viewport.height
    expect(await isInSight()).toBe(false)
    await box.tap()
    expect((await barOf(page)).canBeTouched).toEqual([true, true])
    await box.tap()
    expect(await isInSight()).toBe(false)
    await page.getByRole('button', { name: 'End all that match…' }).scrollIntoViewIfNeeded()
    expect((await barOf(page)).canBeTouched).toEqual([true, true])
    await page.context().close()
  })

  test('with forced colours the bar beneath the list of sessions has an edge, and is no more transparent than without', async () => {
    const page = await signedIn({ forcedColors: 'active' })
    await page.goto(at('?page=sessions'))
    const [edge, ground] = await page.locator('form > .below').evaluate((bar) => {
      const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(bar)
      return [[borderTopWidth, borderTopColor], backgroundColor] as const
    })
    expect(edge[0]).toBe('1px')
    expect(edge[1]).not.toBe(ground)
    expect(ground).toMatch(/^rgb\(/)
    await page.context().close()
  })

  test('the eight charts of the front page of /admin take less than a screen and a half of a phone, and nothing in them is cut off', async () => {
    for (const width of [375, 320]) {
      const page = await signedIn({ viewport: { ...viewport, width } })
      await page.goto(at('?page=home'))
      expect([width, await overflowOf(page)]).toEqual([width, 0])
      const figures = page.locator('figure')
      expect(await figures.count()).toBe(8)
      const boxes = await Promise.all((await figures.all()).map((figure) => figure.boundingBox()))
      const tall = boxes.reduce((sum, box) => sum + box!.height, 0)
      expect([width, tall < 1.5 * viewport.height, tall]).toEqual([width, true, tall])
      const cut = await page
        .locator('figure :is(figcaption, figcaption *, .scale > *)')
        .evaluateAll((all) =>
          all
            .filter(
              ({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1,
            )
            .map(({ outerHTML }) => outerHTML),
        )
      expect([width, cut]).toEqual([width, []])
      for (const chart of await page.locator('svg.chart').all()) {
        const box = await chart.boundingBox()
        expect([width, box!.width > 100, box!.height >= 40]).toEqual([width, true, true])
      }
      await page.context().close()
    }
  })
})
