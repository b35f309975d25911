import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { gql } from '@apollo/client'
import type { ApolloClient } from '@apollo/client'
import { parse, validate } from 'graphql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { installIn } from '../../scripts/install-in.mjs'
import { freePort } from '../free-port.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { spawnTied } from '../tied.ts'

const guide = readFileSync('docs/frontend.md', 'utf8')
/** Its programs by their file, word for word. */
const programs = new Map(
  [...guide.matchAll(/^```ts\n(\/\/ ([\w.-]+)\n.*?)^```$/gms)].map(([, code = '', file = '']) => [
    file,
    code,
  ]),
)

let folder: string
let server: TestServer
beforeAll(async () => {
  // The storefront has urql; Apollo, Vite and RxJS are the project's own, which are found from there too.
  installIn('examples/storefront')
  const cache = resolve('examples/storefront/node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  folder = mkdtempSync(join(cache, 'frontend-'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  for (const [file, code] of programs) writeFileSync(join(folder, file), code)
  server = await startServer({ SESSION_COOKIE_AGE: '61' })
}, 600_000) // an install may come first
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.stop()
})

test('each TypeScript block of docs/frontend.md is a program with a name, and has no type error', () => {
  expect(guide.match(/^```ts$/gm)).toHaveLength(programs.size)
  const options =
    '--ignoreConfig --strict --skipLibCheck --target es2023 --module esnext --moduleResolution bundler --rewriteRelativeImportExtensions --outDir . --types node'
  const files = [...programs.keys()]
  const words = [resolve('node_modules/.bin/tsc'), ...options.split(' '), ...files]
  expect(execFileSync(process.execPath, words, { cwd: folder, encoding: 'utf8' })).toBe('')
})

test('each document of docs/frontend.md is valid', () => {
  const { schema } = server.app
  if (schema === null) throw new Error('The server has no schema.')
  const documents = [...guide.matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, text = '']) => text)
  expect(documents.length).toBeGreaterThan(0)
  for (const document of documents) expect(validate(schema, parse(document))).toEqual([])
})

/** Runs a program for the visitor of this cookie, which a browser would send. */
async function load<Module>(file: string, cookie: string | null): Promise<Module> {
  const visitor = join(folder, cookie ?? 'guest')
  mkdirSync(visitor, { recursive: true })
  const fetchOptions = `headers: { 'content-type': 'application/json', cookie: 'sessionid=${cookie}' }`
  for (const name of ['graphql', 'expiry', 'sign-in', 'urql', 'apollo']) {
    const code = readFileSync(join(folder, `${name}.js`), 'utf8')
    const asVisitor = code
      .replace("const url = '/graphql'", `const url = '${server.url}/graphql'`)
      .replace("headers: { 'content-type': 'application/json' },", '')
      .replaceAll(
        "credentials: 'include'",
        cookie === null ? "headers: { 'content-type': 'application/json' }" : fetchOptions,
      )
    writeFileSync(join(visitor, `${name}.js`), asVisitor)
  }
  return import(pathToFileURL(join(visitor, `${file}.js`)).href) as Promise<Module>
}

test('the functions of docs/frontend.md sign in, and warn before the end of a session', async () => {
  const ada = await server.signedIn('ada')
  const { signIn } = await load<{ signIn(...words: string[]): Promise<string> }>('sign-in', null)
  expect(await signIn('ada', 'not this one')).toBe('This name and password do not go together.')
  expect(await signIn('ada', password)).toBe('Welcome, ada')
  const expiry = await load<{ warnInTime(warn: () => void): Promise<unknown> }>(
    'expiry',
    ada.cookie,
  )
  await new Promise<void>((warn) => void expiry.warnInTime(warn))
})

const events =
  'subscription { sessionEvents { __typename ... on SessionChanged { cart { totalQuantity } } ... on SessionEnded { reason } } }'
const addHat = `mutation ($quantity: Int!) { addCartItem(input: { sku: "hat", quantity: $quantity }) {
  ... on CartSuccess { cart { totalQuantity } } ... on Error { code } } }`
/** What both clients see of a session in which one hat is bought, and which its visitor ends. */
const story = [
  { sessionEvents: { __typename: 'SessionChanged', cart: { totalQuantity: 1 } } },
  { sessionEvents: { __typename: 'SessionEnded', reason: 'LOGOUT' } },
]

test('the Apollo client of docs/frontend.md signs in, writes, gets refusals by code, and the events of its session', async () => {
  const bea = await server.signedIn('bea')
  const { client } = await load<{ client: ApolloClient }>('apollo', bea.cookie)
  const warned = vi.spyOn(console, 'warn')
  const query = gql('{ me { username } cart { totalQuantity } }')
  expect((await client.query({ query })).data).toMatchObject({ me: { username: 'bea' } })
  const login =
    gql(`mutation ($password: String!) { login(input: { username: "bea", password: $password }) {
    ... on LoginSuccess { user { username } } ... on Error { code } } }`)
  const refused = await client.mutate({ mutation: login, variables: { password: 'not this one' } })
  expect(refused.data).toMatchObject({ login: { code: 'INVALID_CREDENTIALS' } })

  const seen: unknown[] = []
  const stream = client.subscribe({ query: gql(events) })
  const over = new Promise<void>((complete, error) =>
    stream.subscribe({ next: ({ data }) => seen.push(data), error, complete }),
  )
  await expect.poll(() => server.app.events.size).toBe(1)
  const mutation = gql(addHat)
  const outside = await client.mutate({ mutation, variables: { quantity: 0 } })
  expect(outside.data).toMatchObject({ addCartItem: { code: 'INVALID_INPUT' } })
  await client.mutate({ mutation, variables: { quantity: 1 } })
  await expect.poll(() => seen).toHaveLength(1)
  // The stream has written into the cache what it brought.
  expect(client.readQuery({ query })).toMatchObject({ cart: { totalQuantity: 1 } })
  await bea.data('mutation { logout { session { id } } }')
  await over
  expect(seen).toMatchObject(story)
  expect(warned).not.toHaveBeenCalled()
  client.stop()
})

/** What this test asks of a client of urql, whose types are the storefront's. */
interface Urql {
  query(text: string, variables: object): Promise<{ data?: unknown }>
  mutation(text: string, variables: object): Promise<{ data?: unknown }>
  subscription(
    text: string,
    variables: object,
  ): {
    subscribe(next: (result: { data?: unknown; hasNext: boolean }) => void): { unsubscribe(): void }
  }
}

test('the urql client of docs/frontend.md queries, writes, gets the events of its session, and the last of them once more', async () => {
  const cid = await server.signedIn('cid')
  const client = (await load<{ createUrql(): Urql }>('urql', cid.cookie)).createUrql()
  expect((await client.query('{ me { username } }', {})).data).toMatchObject({
    me: { username: 'cid' },
  })
  const seen: unknown[] = []
  const again: unknown[] = []
  const stream = client.subscription(events, {}).subscribe(({ data, hasNext }) => {
    if (data) (hasNext ? seen : again).push(data)
  })
  await expect.poll(() => server.app.events.size).toBe(1)
  expect((await client.mutation(addHat, { quantity: 1 })).data).toMatchObject({
    addCartItem: { cart: { totalQuantity: 1 } },
  })
  await expect.poll(() => seen).toHaveLength(1)
  await cid.data('mutation { logout { session { id } } }')
  await expect.poll(() => seen).toMatchObject(story)
  await expect.poll(() => again).toMatchObject(story.slice(-1))
  stream.unsubscribe()
})

test('the proxy of docs/frontend.md lets a page of Vite in, and its short form only one whose browser says that it is the same origin', async () => {
  const code = programs.get('vite.config.ts')!.replace('http://127.0.0.1:4000', server.url)
  const short = code.replace('{ target, changeOrigin: false }', 'target')
  expect(short).not.toBe(code)
  expect(await askThroughVite(code)).toBe(200)
  expect(await askThroughVite(short)).toBe(403)
  expect(await askThroughVite(short, { 'sec-fetch-site': 'same-origin' })).toBe(200)
})

/** The status that a page of Vite's development server gets, with these settings. */
async function askThroughVite(
  settings: string,
  said: Record<string, string> = {},
): Promise<number> {
  const root = mkdtempSync(join(folder, 'vite-'))
  writeFileSync(join(root, 'vite.config.ts'), settings)
  const port = await freePort()
  const words = [resolve('node_modules/vite/bin/vite.js'), '--host', '127.0.0.1', '--strictPort']
  const vite = spawnTied(process.execPath, [...words, '--port', `${port}`], {
    cwd: root,
    stdio: 'ignore',
  })
  const ended = once(vite, 'exit')
  const url = `http://127.0.0.1:${port}`
  const ask = () =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url, ...said },
      body: '{"query":"{ me { id } }"}',
    }).then(({ status }) => status)
  let status = await ask().catch(() => null)
  while (status === null) {
    await delay(50)
    status = await ask().catch(() => null)
  }
  vite.kill('SIGTERM')
  await ended
  return status
}
