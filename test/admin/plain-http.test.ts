import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { password } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { chromiumPath, createWatch, faultsOn, launchChromium } from '../watched-browser.ts'
import { startAdmin } from './client.ts'

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

  async function signInAt(host: string, javaScriptEnabled: boolean) {
    const context = watch.over(await browser.newContext({ javaScriptEnabled }), at(host))
    const page = await context.newPage()
    await page.goto(`${at(host)}/admin?page=users`)
    const before = await page.locator('main').innerText()
    await page.getByLabel('Username').fill('chief')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    return { page, before }
  }

  test.each([true, false])(
    'with JavaScript: %s, a browser that drops the Secure cookie is told before and after the sign-in, and what the operator does',
    async (javaScriptEnabled) => {
      const { page, before } = await signInAt('shop.example', javaScriptEnabled)
      expect(before).toContain('No sign-in works here.')
      expect(before).toContain('TRUST_PROXY')
      const told = 'You are not signed in: your browser has kept no cookie.'
      await page.getByText(told).waitFor()
      expect(await page.getByRole('alert').innerText()).toBe(told)
      if (javaScriptEnabled) expect(await faultsOn(page)).toEqual([])
      expect(await page.locator('form').getAttribute('action')).toContain('next=page%3Dusers')
    },
  )

  test.each([true, false])(
    'with JavaScript: %s, a browser that keeps the Secure cookie of its own machine comes to the page that was asked for',
    async (javaScriptEnabled) => {
      const { page, before } = await signInAt('localhost', javaScriptEnabled)
      expect(before).not.toContain('No sign-in works here.')
      await page.getByRole('heading', { name: 'Users' }).waitFor()
      expect(new URL(page.url()).search).toBe('?page=users')
    },
  )
})
