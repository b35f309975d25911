import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { chromiumPath, launchChromium } from '../watched-browser.ts'

interface Asked {
  readonly endpoint: string
  readonly document: string
  readonly type: string
}

/** Asks `endpoint` from within a page, and says what the page could read of the answer. */
type Attempt = (asked: Asked) => Promise<string>

const withFetch: Attempt = ({ endpoint, document: query, type }) =>
  fetch(endpoint, {
    method: 'POST',
    credentials: 'include',
    headers: { 'content-type': type },
    body: JSON.stringify({ query }),
  }).then(
    (answer) => answer.text(),
    () => '',
  )

const withoutCors: Attempt = ({ endpoint, document: query, type }) =>
  fetch(endpoint, {
    method: 'POST',
    mode: 'no-cors',
    credentials: 'include',
    headers: { 'content-type': type },
    body: JSON.stringify({ query }),
  }).then(
    (answer) => answer.text(),
    () => '',
  )

const byGet: Attempt = ({ endpoint, document: query }) =>
  fetch(`${endpoint}?query=${encodeURIComponent(query)}`, { credentials: 'include' }).then(
    (answer) => answer.text(),
    () => '',
  )

const beacon: Attempt = async ({ endpoint, document: query, type }) => {
  navigator.sendBeacon(endpoint, new Blob([JSON.stringify({ query })], { type }))
  await new Promise((done) => setTimeout(done, 100))
  return ''
}

const image: Attempt = ({ endpoint, document: query }) =>
  new Promise((done) => {
    const image = new Image()
    image.addEventListener('load', () => done('it was shown'))
    image.addEventListener('error', () => done(''))
    image.src = `${endpoint}?query=${encodeURIComponent(query)}`
    document.body.append(image)
  })

const script: Attempt = ({ endpoint, document: query }) =>
  new Promise((done) => {
    const script = document.createElement('script')
    script.addEventListener('load', () => done('it was run'))
    script.addEventListener('error', () => done(''))
    script.src = `${endpoint}?query=${encodeURIComponent(query)}`
    document.body.append(script)
  })

const frame: Attempt = ({ endpoint, document: query }) =>
  new Promise((done) => {
    const frame = document.createElement('iframe')
    // Null where it is another origin's.
    frame.addEventListener('load', () => done(frame.contentDocument?.body.textContent ?? ''))
    frame.src = `${endpoint}?query=${encodeURIComponent(query)}`
    document.body.append(frame)
  })

/** Of text/plain, its only field makes up the JSON of an operation. */
const form: Attempt = ({ endpoint, document: query, type }) =>
  new Promise((done) => {
    const frame = document.createElement('iframe')
    frame.name = `target${Math.random()}`
    const form = document.createElement('form')
    Object.assign(form, { method: 'POST', action: endpoint, enctype: type, target: frame.name })
    const field = document.createElement('input')
    const isText = type === 'text/plain'
    field.name = isText ? `${JSON.stringify({ query }).slice(0, -1)},"x":"` : 'query'
    field.value = isText ? '"}' : query
    form.append(field)
    document.body.append(frame, form)
    frame.addEventListener('load', () => done(frame.contentDocument?.body.textContent ?? ''))
    form.submit()
  })

const attempts: [name: string, attempt: Attempt, types: string[]][] = [
  ['fetch', withFetch, ['application/json', 'text/plain']],
  [
    'fetch without CORS',
    withoutCors,
    ['application/json', 'text/plain', 'application/x-www-form-urlencoded'],
  ],
  ['fetch by GET', byGet, ['']],
  ['a beacon', beacon, ['application/json', 'text/plain']],
  ['an image', image, ['']],
  ['a script', script, ['']],
  ['a frame', frame, ['']],
  ['a form', form, ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']],
]

describe.skipIf(chromiumPath === null)('a page of another site in Chromium', () => {
  let server: TestServer
  let stranger: Server
  let browser: Browser
  let own: Page
  const documents = {
    write: 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }',
    read: '{ me { username } }',
  }
  const look = '{ me { username } cart { totalQuantity } }'

  beforeAll(async () => {
    server = await startServer()
    stranger = createServer((_request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<title>A nice game</title><body>')
    }).listen(0)
    browser = await launchChromium()
    own = await (await browser.newContext()).newPage()
    await own.goto(`${server.url}/graphql`) // GraphiQL, which may ask its own server
    await ask(
      'mutation { register(input: { username: "victim", password: "correct horse battery" }) { __typename } }',
    )
  })
  afterAll(async () => {
    await browser?.close()
    stranger?.close()
    await server?.stop()
  })

  /** The same from a page of our own, which may. */
  const ask = async (document: string): Promise<unknown> => {
    const asked = { endpoint: `${server.url}/graphql`, document, type: 'application/json' }
    return JSON.parse(await own.evaluate(withFetch, asked)).data
  }

  // The cookie goes with what another port sends, which is the same site.
  test.each(['127.0.0.1', 'localhost'])(
    'a page on another port of %s can neither write to our server nor read from it',
    { tags: ['F7'] },
    async (host) => {
      expect(await ask(look)).toEqual({ me: { username: 'victim' }, cart: { totalQuantity: 0 } })
      const page = await own.context().newPage()
      await page.goto(`http://${host}:${(stranger.address() as AddressInfo).port}/`)
      for (const [name, attempt, types] of attempts) {
        for (const type of types) {
          for (const document of Object.values(documents)) {
            const seen = await page.evaluate(attempt, {
              endpoint: `${server.url}/graphql`,
              document,
              type,
            })
            expect([name, type, seen]).toEqual([name, type, ''])
          }
        }
      }
      expect(await ask(look)).toEqual({ me: { username: 'victim' }, cart: { totalQuantity: 0 } })
      expect(await server.app.db.session.count()).toBe(1)
      await page.close()
    },
  )
})
