import { describe, expect, test } from 'vitest'
import { signIn } from '../browser-sign-in.ts'
import { inProduction, openOverPlainHttp } from '../over-plain-http.ts'
import { chromiumPath, faultsOn } from '../watched-browser.ts'
import { startAdmin } from './client.ts'

describe.skipIf(chromiumPath === null)('the sign-in of staff over plain HTTP', () => {
  const { at, newPage } = openOverPlainHttp(() => startAdmin(inProduction))

  async function signInAt(host: 'localhost' | 'shop.example', javaScriptEnabled: boolean) {
    const page = await newPage(host, { javaScriptEnabled })
    await page.goto(`${at(host)}/admin?page=users`)
    const before = await page.locator('main').innerText()
    await signIn(page)
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
