import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gql } from '@apollo/client'
import type { ApolloClient } from '@apollo/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

// The Apollo client of docs/frontend.md, word for word, beside the packages that it imports.
const code = /```ts\n(import \{ ApolloClient.*?)```/s.exec(
  readFileSync('docs/frontend.md', 'utf8'),
)?.[1]
let folder: string
let server: TestServer
beforeAll(async () => {
  mkdirSync('node_modules/.cache', { recursive: true })
  folder = mkdtempSync(resolve('node_modules/.cache/frontend-'))
  server = await startServer()
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.stop()
})

test('the client of docs/frontend.md has no type error', () => {
  const file = join(folder, 'client.ts')
  writeFileSync(file, code!)
  const options =
    '--ignoreConfig --noEmit --strict --skipLibCheck --target es2023 --module esnext --moduleResolution bundler --types node'
  const words = ['node_modules/.bin/tsc', ...options.split(' '), file]
  expect(execFileSync(process.execPath, words, { encoding: 'utf8' })).toBe('')
})

test('the client of docs/frontend.md queries, writes, and gets the events of its session', async () => {
  const ada = await server.signedIn('ada')
  const file = join(folder, 'client.mjs')
  // A browser would send its cookie.
  const credentials = `headers: { cookie: 'sessionid=${ada.cookie}' }`
  writeFileSync(
    file,
    code!
      .replaceAll("credentials: 'include'", credentials)
      .replace('http://localhost:4000', server.url),
  )
  const { client } = (await import(pathToFileURL(file).href)) as { client: ApolloClient }
  const answer = await client.query({ query: gql('{ me { username } }') })
  expect(answer.data).toMatchObject({ me: { username: 'ada' } })

  const seen: unknown[] = []
  const stream = client.subscribe({
    query: gql(
      'subscription { sessionEvents { __typename ... on SessionChanged { cart { totalQuantity } } ... on SessionEnded { reason } } }',
    ),
  })
  const over = new Promise<void>((complete, error) =>
    stream.subscribe({ next: ({ data }) => seen.push(data), error, complete }),
  )
  await expect.poll(() => server.app.events.size).toBe(1)
  const add = gql('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
  await client.mutate({ mutation: add })
  await expect.poll(() => seen).toHaveLength(1)
  await ada.data('mutation { logout { session { id } } }')
  await over
  expect(seen).toMatchObject([
    { sessionEvents: { __typename: 'SessionChanged', cart: { totalQuantity: 1 } } },
    { sessionEvents: { __typename: 'SessionEnded', reason: 'LOGOUT' } },
  ])
  client.stop()
})
