import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { password } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { chromiumPath, createWatch, faultsOn, launchChromium } from '../watched-browser.ts'
import { pageClient, startAdmin, textOf } from './client.ts'

describe.skipIf(chromiumPath === null)('the sign-in of staff over plain HTTP', () => {
  let server: TestServer
  let browser: Browser
  const watch = createWatch()

  beforeAll(async () => {
    server = await startAdmin({
      NODE_ENV: 'production',
      SECRET_KEY: 'k'.repeat(40),
    })
    browser = await launchChromium('--host-resolver-rules=MAP shop.example 127.0.0.1')
  })
  // Headers that a browser does not heed over plain HTTP would be errors there.
  afterEach(async () => expect(await watch.take()).toEqual([]))
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const at = (host: string) => `http://${host}:${new URL(server.url).port}`

  async function openAt(host: string, javaScriptEnabled: boolean) {
    const context = watch.over(await browser.newContext({ javaScriptEnabled }), at(host))
    const page = await context.newPage()
    await page.goto(`${at(host)}/admin?page=users`)
    return { page, before: await page.locator('main').innerText() }
  }

  test.each([true, false])(
    'with JavaScript: %s, a browser that drops the Secure cookie is told what the operator does, and finds no form to send a password by',
    async (javaScriptEnabled) => {
      const { page, before } = await openAt('shop.example', javaScriptEnabled)
      expect(before).toContain('No sign-in works here.')
      expect(before).toContain('TRUST_PROXY')
      expect(await page.locator('form, input, button').count()).toBe(0)
      if (javaScriptEnabled) expect(await faultsOn(page)).toEqual([])
    },
  )

  test('a sign-in that is sent over plain HTTP all the same makes no session and no event, whatever the password', async () => {
    const { db } = server.app
    const kept = async () => [await db.session.count(), await db.auditEvent.count()]
    const before = await kept()
    const client = pageClient(`${server.url}/admin`)
    for (const secret of [password, 'a wrong password']) {
      const fields = { username: 'chief', password: secret }
      const { status, html } = await client.post('?page=sign-in', fields)
      expect([status, client.cookie, html.includes('<form')]).toEqual([200, null, false])
      expect(textOf(html)).toContain('You are not signed in: your browser has kept no cookie.')
    }
    expect(await kept()).toEqual(before)
    // A browser sends this over HTTPS, or to its own machine.
    const headers = { 'sec-fetch-site': 'same-origin' }
    const fields = { username: 'chief', password }
    expect((await client.post('?page=sign-in', fields, headers)).status).toBe(303)
    expect(await kept()).toEqual(before.map((count) => count + 1))
  })

  test.each([true, false])(
    'with JavaScript: %s, a browser that keeps the Secure cookie of its own machine comes to the page that was asked for',
    async (javaScriptEnabled) => {
      const { page, before } = await openAt('localhost', javaScriptEnabled)
      expect(before).not.toContain('No sign-in works here.')
      await page.getByLabel('Username').fill('chief')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Users' }).waitFor()
      expect(new URL(page.url()).search).toBe('?page=users')
    },
  )
})
