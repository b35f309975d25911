import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/coat.ts'
import { signIn } from '../browser-sign-in.ts'
import { loginDocument, password } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { chromiumPath, createWatch, launchChromium } from '../watched-browser.ts'
import { startAdmin } from './client.ts'
import { plantPayload } from './payload.ts'

describe.skipIf(chromiumPath === null)('journeys through the admin pages in Chromium', () => {
  let server: TestServer
  let browser: Browser
  const watch = createWatch()

  beforeAll(async () => {
    server = await startAdmin()
    browser = await launchChromium()
  })
  afterEach(async () => expect(await watch.take()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const newContext = async (options: BrowserContextOptions = {}, origin = server.url) =>
    watch.over(await browser.newContext(options), origin)

  /** Another browser, in which ada is signed in. */
  async function adasBrowser(): Promise<BrowserContext> {
    const visitor = server.visitor()
    await visitor.data(loginDocument, { username: 'ada', password })
    const context = await newContext()
    const cookie = { name: 'sessionid', value: visitor.cookie!, url: server.url, httpOnly: true }
    await context.addCookies([cookie])
    return context
  }

  test('a visitor whose session staff end is told so by a stream in their browser, and why', async () => {
    const other = await adasBrowser()
    const tab = await other.newPage()
    await tab.goto(`${server.url}/graphql`) // GraphiQL, whose policy lets a page ask its own server
    const told = tab.evaluate(async () => {
      const answer = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body: JSON.stringify({
          query: 'subscription { sessionEvents { ... on SessionEnded { reason } } }',
        }),
      })
      return answer.text()
    })
    const context = await newContext()
    const page = await context.newPage()
    await page.goto(`${server.url}/admin?page=sessions&user=ada`)
    await signIn(page)
    await page.locator('tbody th a').first().click()
    await page.getByRole('link', { name: 'End this session…' }).click()
    await page.getByRole('button', { name: 'End this session' }).click()
    expect(await page.getByRole('status').innerText()).toBe('The session is over.')
    expect(await told).toContain('"reason":"REVOKED"')
    await tab.goto(`${server.url}/admin`)
    expect(await tab.getByRole('status').innerText()).toBe(
      'Your session was ended from another device, or by a member of staff.',
    )
    await Promise.all([other.close(), context.close()])
  })

  test('without JavaScript a visitor whose session staff end reads why at the next page', async () => {
    const other = await adasBrowser()
    const context = await newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${server.url}/admin?page=sessions&user=ada`)
    await signIn(page)
    await page.locator('tbody th a').first().click()
    await page.getByRole('link', { name: 'End this session…' }).click()
    await page.getByRole('button', { name: 'End this session' }).click()
    const tab = await other.newPage()
    await tab.goto(`${server.url}/admin`)
    expect(await tab.getByRole('status').innerText()).toContain('Your session was ended')
    await Promise.all([other.close(), context.close()])
  })

  test('the keyboard alone signs in, finds a session, opens it and ends it', async () => {
    const other = await adasBrowser()
    const context = await newContext()
    const page = await context.newPage()
    const tabTo = async (name: RegExp) => {
      for (let presses = 0; presses < 80; presses++) {
        await page.keyboard.press('Tab')
        const text = await page.evaluate(() => {
          const { activeElement: at } = document
          const label = at instanceof HTMLInputElement ? at.labels?.[0]?.textContent : null
          return label ?? at?.textContent ?? ''
        })
        if (name.test(text)) return
      }
      throw new Error(`No Tab leads to ${name}.`)
    }
    await page.goto(`${server.url}/admin`)
    await tabTo(/^Username$/)
    await page.keyboard.type('chief')
    await tabTo(/^Password$/)
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/page=home/)
    await tabTo(/^Sessions$/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/page=sessions/)
    await tabTo(/^Whole username$/)
    await page.keyboard.type('ada')
    await page.keyboard.press('Enter')
    await page.waitForURL(/user=ada/)
    await tabTo(/^[0-9a-f]{12}$/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/page=session&/)
    await tabTo(/^End this session…$/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/page=end-session&/)
    await tabTo(/^End this session$/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/done=session-ended/)
    expect(await page.getByRole('status').innerText()).toBe('The session is over.')
    await Promise.all([other.close(), context.close()])
  })

  test(
    'what visitors write runs on no page of staff, and no page breaks its policy over it',
    { tags: ['G17'] },
    async () => {
      const planted = await plantPayload(server.app.db)
      const context = await newContext()
      const violations: string[] = []
      await context.exposeFunction('told', (text: string) => void violations.push(text))
      await context.addInitScript(() => {
        addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
          void (globalThis as unknown as { told(text: string): void }).told(
            `${violatedDirective} ${blockedURI}`,
          )
        })
      })
      const page = await context.newPage()
      page.on('dialog', (dialog) => {
        violations.push(`a script ran: ${dialog.message()}`)
        void dialog.dismiss()
      })
      page.on('pageerror', (error) => violations.push(String(error)))
      await page.goto(`${server.url}/admin`)
      await signIn(page)
      for (const query of planted.queries) {
        const visit = () => page.goto(`${server.url}/admin${query}`)
        const isNoPage = !/^\?page=[a-z]+(&|$)/.test(query)
        await (isNoPage ? watch.expecting(/status of 404 /, visit) : visit())
        const images = await page.locator('img[src="x"]').count()
        expect([query, images, violations]).toEqual([query, 0, []])
      }
      await page.goto(`${server.url}/admin?page=sessions&status=ACTIVE`)
      await page.getByRole('button', { name: 'End all that match…' }).click()
      expect(await page.locator('h1').innerText()).toMatch(/^End \d+ sessions\?$/)
      expect(violations).toEqual([])
      await planted.remove()
      await context.close()
    },
  )

  test('in a host, under a path of its own, staff find a session and end it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-journey-'))
    const coat = await createApp({
      settings: { databaseUrl: `file:${join(folder, 'host.db')}`, secretKey: 'k'.repeat(32) },
    })
    await coat.users.create({ username: 'chief', password, isStaff: true })
    await coat.users.create({ username: 'ada', password })
    const web = express()
    web.use('/graphql', coat.graphql)
    web.use('/back/office', coat.admin)
    const host = createServer(web).listen(0, '127.0.0.1')
    await new Promise((resolve) => host.once('listening', resolve))
    const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
    const headers = { 'content-type': 'application/json' }
    const ask = (query: string, more: object = {}) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { ...headers, ...more },
        body: JSON.stringify({ query }),
      })
    const signedIn = await ask(
      `mutation { login(input: { username: "ada", password: "${password}" }) { __typename } }`,
    )
    const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!
    const context = await newContext({}, url)
    const page = await context.newPage()
    await page.goto(`${url}/back/office?page=sessions&user=ada`)
    await signIn(page)
    expect(new URL(page.url()).pathname).toBe('/back/office')
    await page.locator('tbody th a').first().click()
    await page.getByRole('link', { name: 'End this session…' }).click()
    await page.getByRole('button', { name: 'End this session' }).click()
    expect(await page.getByRole('status').innerText()).toBe('The session is over.')
    const look = await ask('{ me { username } session { endReason } }', { cookie })
    expect((await look.json()).data).toEqual({ me: null, session: { endReason: 'REVOKED' } })
    await context.close()
    host.close().closeAllConnections()
    await coat.close()
    rmSync(folder, { recursive: true })
  })
})
