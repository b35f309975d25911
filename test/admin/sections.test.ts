import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { h } from '../../src/admin/element.ts'
import type { AdminContent, AdminTag } from '../../src/admin/element.ts'
import type { AdminSection } from '../../src/admin/section.ts'
import { createApp } from '../../src/coat.ts'
import type { Coat } from '../../src/coat.ts'
import { invalid, NotFound } from '../../src/refusals.ts'
import { password } from '../harness.ts'
import { isSignIn, pageClient, textOf, signInAt } from './client.ts'
import type { PageClient } from './client.ts'
import { payload } from './payload.ts'

const done: string[] = []
/** What the section shows next. */
let content: AdminContent = null

const section: AdminSection = {
  name: 'orders',
  title: 'Orders',
  async show({ params, faults, form, link }) {
    if (params.has('next')) return { content: link({ page: 2 }) }
    if (params.has('missing')) throw new NotFound('order')
    if (params.has('broken')) throw new Error('secret of the host')
    return {
      content: [content, faults.map(({ message }) => h('p', {}, message)), form?.get('order')],
    }
  },
  acts: {
    refund({ staff }, form) {
      const order = form.get('order') ?? ''
      if (order === '') throw invalid('order', { message: 'Which one?', code: 'REQUIRED' })
      done.push(`${order} by ${staff.username}`)
      return { goTo: { order }, notice: 'refunded' }
    },
    'sign-out': () => ({ content: 'the till is closed' }),
    stay: () => ({ title: 'Stayed', content: 'still here', status: 202 }),
  },
  notices: { refunded: 'The order is refunded.' },
}

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-sections-'))
const options = (name: string, adminSections: readonly AdminSection[]) => ({
  settings: {
    databaseUrl: `file:${join(folder, `${name}.db`)}`,
    secretKey: 'k'.repeat(32),
    logLevel: 'silent' as const,
  },
  adminSections,
})
let coat: Coat
let address: string
let staff: PageClient
beforeAll(async () => {
  coat = await createApp(options('sections', [section]))
  await coat.users.create({ username: 'chief', password, isStaff: true })
  await coat.users.create({ username: 'ada', password })
  address = `${(await coat.serve({ host: '127.0.0.1', port: 0 })).url}/admin`
  staff = pageClient(address)
  await staff.post('?page=sign-in', { username: 'chief', password })
})
afterAll(async () => {
  await coat?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a section that a host adds to /admin has a link in the navigation, a heading and what it shows', async () => {
  content = h('p', {}, 'What is for sale')
  const { html } = await staff.get('?page=orders')
  expect(html).toContain('<a href="?page=orders" aria-current="page">Orders</a>')
  expect(textOf(html)).toMatch(/Orders What is for sale/)
  expect((await staff.get('?page=home')).html).toContain('<a href="?page=orders">Orders</a>')
})

test('a section of /admin is for staff alone, who come back to it once they have signed in', async () => {
  const stranger = pageClient(address)
  for (const client of [stranger, await signedInAs('ada')]) {
    expect((await client.get('?page=orders&order=7')).to).toMatch(/^\?page=sign-in/)
    const answer = await client.post('?page=orders&order=7', { do: 'refund', order: '1' })
    expect([isSignIn(answer), answer.html.includes('next=page%3Dorders')]).toEqual([true, true])
  }
  const { to } = await stranger.get('?page=orders&order=7')
  expect(await signInAt(stranger, to!)).toBe('?page=orders&order=7')
  expect(done).toEqual([])
})

async function signedInAs(username: string): Promise<PageClient> {
  const client = pageClient(address)
  const answer = await fetch(address.replace('/admin', '/graphql'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `mutation { login(input: { username: "${username}", password: "${password}" }) { __typename } }`,
    }),
  })
  client.cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!
  return client
}

test('a form of a section of /admin does what its button says, and a reload does not do it again', async () => {
  const { status, to } = await staff.post('?page=orders', { do: 'refund', order: '7' })
  expect([status, to, done]).toEqual([303, '?page=orders&order=7&done=refunded', ['7 by chief']])
  expect(textOf((await staff.get(to!)).html)).toContain('The order is refunded.')
  const stayed = await staff.post('?page=orders', { do: 'stay' })
  expect([stayed.status, textOf(stayed.html).includes('Stayed still here')]).toEqual([202, true])
  const own = await staff.post('?page=orders', { do: 'sign-out' })
  expect(textOf(own.html)).toContain('the till is closed')
  expect((await staff.post('?page=orders', { do: 'constructor' })).status).toBe(400)
  expect((await staff.get('?page=orders&done=constructor')).status).toBe(200)
})

test('a form of a section of /admin that breaks a rule is shown again, with the rule', async () => {
  const { status, html } = await staff.post('?page=orders', { do: 'refund', order: '' })
  expect([status, textOf(html).includes('Which one?')]).toEqual([200, true])
  expect(html).toContain('<title>Error: ')
})

test(
  'a form of a section of /admin is refused from another origin, before the host hears of it',
  { tags: ['G16'] },
  async () => {
    const before = done.length
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const { status } = await staff.post('?page=orders', { do: 'refund', order: '8' }, headers)
      expect([headers, status]).toEqual([headers, 403])
    }
    expect(done.length).toBe(before)
  },
)

test('an error that a section of /admin throws becomes a page, with the text of a refusal and without that of a fault', async () => {
  const missing = await staff.get('?page=orders&missing=1')
  expect([missing.status, textOf(missing.html)]).toEqual([
    404,
    expect.stringMatching(/Users.*Not found/),
  ])
  const broken = await staff.get('?page=orders&broken=1')
  expect([broken.status, broken.html.includes('secret of the host')]).toEqual([500, false])
})

test('a link of a section of /admin whose query would replace the name of its page is a fault', async () => {
  const { status, html } = await staff.get('?page=orders&next=1')
  expect([status, html.includes('?page=2')]).toEqual([500, false])
})

test(
  'text that a section of /admin shows is escaped, wherever it stands',
  { tags: ['G17'] },
  async () => {
    content = [
      payload,
      h('p', { title: payload, 'data-of': payload, class: payload, id: payload }, payload, [
        payload,
      ]),
      h('input', { name: payload, value: payload }),
      h('textarea', { name: 'a' }, payload),
      h('a', { href: `/${payload}` }, payload),
    ]
    const { html } = await staff.get('?page=orders')
    expect(html).not.toMatch(/<img src=x|<script>/)
    expect([...html.matchAll(/<script/g)].length).toBe(1)
  },
)

test('the forms of a section of /admin lead to the section itself', async () => {
  content = [h('form', { method: 'POST' }, 'a'), h('form', {}, 'b')]
  const { html } = await staff.get('?page=orders&order=7&done=refunded')
  expect(html).toContain('<form method="POST" action="?page=orders&amp;order=7">a</form>')
  expect(html).toContain(
    '<form action="?page=orders"><input type="hidden" name="page" value="orders"/>b</form>',
  )
})

test('no element and no attribute of a section of /admin runs, loads or frames anything', () => {
  for (const tag of ['script', 'style', 'iframe', 'img', 'svg', 'object', 'base', 'meta', 'link'])
    expect(() => h(tag as AdminTag), tag).toThrow(`There is no <${tag}>`)
  for (const name of ['onclick', 'style', 'src', 'action', 'formaction', 'srcdoc', 'ping', 'key'])
    expect(() => h('button', { [name]: 'x' }), name).toThrow(`no ${name}`)
  expect(() => h('div', { dangerouslySetInnerHTML: { __html: payload } as never })).toThrow()
  for (const href of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', '//evil'])
    expect(() => h('a', { href }), href).toThrow('is no link')
})

test('a section of /admin whose content is JSON in the form of an element is answered 500, and nothing of that JSON is shown', async () => {
  content = JSON.parse('{ "tag": "script", "attributes": {}, "children": ["alert(1)"] }')
  const { status, html } = await staff.get('?page=orders')
  expect([status, html.includes('alert(1)')]).toEqual([500, false])
})

test('createApp refuses a malformed section of /admin with a sentence', async () => {
  const show = () => ({ content: '' })
  const wrong = [
    { name: 'Orders!', title: 'Orders', show },
    { name: 'sessions', title: 'Sessions', show },
    { name: 'a', title: ' ', show },
    { name: 'b', title: 'B' },
    { name: 'c', title: 'C', show, acts: { x: 1 } },
    { name: 'd', title: 'D', show },
    { name: 'd', title: 'D', show },
  ] as unknown as AdminSection[]
  const opening = createApp(options('wrong', wrong))
  for (const sentence of [
    'adminSections[0]: name must be of lower-case letters',
    'adminSections[1]: the name sessions is taken',
    'adminSections[2]: title must be a text',
    'adminSections[3]: show must be a function',
    'adminSections[4]: acts must be an object of functions',
    'adminSections[6]: the name d is taken',
  ])
    await expect(opening).rejects.toThrow(sentence)
})

test('with ADMIN=false there are no pages, neither at /admin nor by coat.admin, and all else is there', async () => {
  const { settings } = options('without', [])
  const without = await createApp({ settings: { ...settings, admin: { pages: false } } })
  const { url } = await without.serve({ host: '127.0.0.1', port: 0 })
  expect((await fetch(`${url}/admin`)).status).toBe(404)
  expect((await fetch(`${url}/admin?asset=x.css`)).status).toBe(404)
  expect((await without.fetch(new Request('http://shop.example/admin'))).status).toBe(404)
  expect((await fetch(`${url}/graphql?query={__typename}`)).status).toBe(200)
  await without.close()
})
