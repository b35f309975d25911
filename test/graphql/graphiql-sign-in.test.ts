import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { signIn } from '../browser-sign-in.ts'
import { password, startServer } from '../harness.ts'
import { inProduction, openOverPlainHttp } from '../over-plain-http.ts'
import { chromiumPath, faultsOn } from '../watched-browser.ts'

const settings = { ...inProduction, GRAPHIQL: 'true' }
const linkOf = (page: Page) => page.getByRole('link')

async function start() {
  const server = await startServer(settings)
  await server.app.users.create({ username: 'chief', password, isStaff: true })
  await server.app.users.create({ username: 'ada', password })
  return server
}

describe.skipIf(chromiumPath === null)('the sign-in of GraphiQL in production', () => {
  const { at, newPage } = openOverPlainHttp(start)

  async function openAt(host: 'localhost' | 'shop.example'): Promise<Page> {
    const page = await newPage(host)
    await page.goto(`${at(host)}/graphql`)
    await page.getByRole('heading', { name: 'GraphiQL is for staff here' }).waitFor()
    return page
  }

  test('GraphiQL tells a visitor who is signed in and not staff why it refuses them, and leads to the sign-in of /admin, after which it opens', async () => {
    const page = await openAt('localhost')
    expect(await page.getByRole('status').count()).toBe(0)
    await signIn(page, 'ada')
    await page.getByRole('alert').getByText('you are not staff').waitFor()
    await page.reload()
    await page.getByRole('status').getByText('as a user who is not staff').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await faultsOn(page)).toEqual([])
    }
    await linkOf(page).click()
    await page.getByRole('heading', { name: 'Staff sign-in' }).waitFor()
    await page.getByText('who is not staff').waitFor()
    await signIn(page, 'chief')
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    await page.goto(`${at('localhost')}/graphql`)
    await page.locator('.graphiql-query-editor .CodeMirror-line').first().waitFor()
    await page.context().close()
  })

  test('over plain HTTP, where a browser drops the Secure cookie, GraphiQL says so before and after a sign-in, and leads to the sign-in of /admin', async () => {
    const page = await openAt('shop.example')
    const before = await page.locator('main').innerText()
    expect(before).toContain('No sign-in works here.')
    expect(before).toContain('TRUST_PROXY')
    await signIn(page, 'chief')
    const told = 'You are not signed in: your browser has kept no cookie.'
    await page.getByRole('alert').getByText(told).waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await faultsOn(page)).toEqual([])
    }
    await linkOf(page).click()
    await page.getByRole('heading', { name: 'Staff sign-in' }).waitFor()
    expect(await page.locator('#plain-http').innerText()).toContain('No sign-in works here.')
    await page.context().close()
  })

  test('a browser that keeps the Secure cookie of its own machine signs staff in on GraphiQL’s page, which warns of nothing', async () => {
    const page = await openAt('localhost')
    expect(await page.locator('main').innerText()).not.toContain('No sign-in works here.')
    await signIn(page, 'chief')
    await page.locator('.graphiql-query-editor .CodeMirror-line').first().waitFor()
    await page.context().close()
  })

  test('a sign-in of staff on GraphiQL’s page says so where the browser sends no cookie back', async () => {
    const page = await openAt('localhost')
    await page.route('**/graphql', async (route) => {
      const answer = await route.fetch({ headers: { ...route.request().headers(), cookie: '' } })
      const { 'set-cookie': _, ...headers } = answer.headers()
      await route.fulfill({ response: answer, headers })
    })
    await signIn(page, 'chief')
    await page.getByRole('alert').getByText('Does it block the cookies of this site?').waitFor()
    await page.context().close()
  })
})

test('with ADMIN=false the sign-in of GraphiQL links to no page of staff', async () => {
  for (const [ADMIN, links] of [
    ['false', 0],
    ['true', 1],
  ] as const) {
    const server = await startServer({ ...settings, ADMIN })
    const page = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } })
    expect((await page.text()).match(/<a href/g) ?? []).toHaveLength(links)
    await server.stop()
  }
})
