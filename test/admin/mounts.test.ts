import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/coat.ts'
import type { Coat } from '../../src/coat.ts'
import { password } from '../harness.ts'
import { pageClient, textOf, signInAt } from './client.ts'

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-admin-'))
let coat: Coat
const stops: (() => unknown)[] = []
beforeAll(async () => {
  coat = await createApp({
    settings: { databaseUrl: `file:${join(folder, 'mounts.db')}`, secretKey: 'k'.repeat(32) },
  })
  await coat.users.create({ username: 'chief', password, isStaff: true })
})
afterAll(async () => {
  for (const stop of stops) stop()
  await coat.close()
  rmSync(folder, { recursive: true })
})

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  stops.push(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Signs in at `address`, and goes where each answer leads, as a browser does. */
async function tryOut(address: string): Promise<void> {
  const client = pageClient(address)
  const { to } = await client.get('?page=users')
  expect([address, await signInAt(client, to!)]).toEqual([address, '?page=users'])
  const { html } = await client.get('?page=users')
  expect(textOf(html)).toContain('chief')
  const links = [...html.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, link]) => link!)
  expect(links.filter((link) => !/^[?#]/.test(link))).toEqual([])
  const asset = links.find((link) => link.endsWith('.css'))!
  expect((await client.get(asset)).headers.get('content-type')).toBe('text/css; charset=utf-8')
}

test('the admin pages work under any path of node:http', async () => {
  const url = await listen((request, response) => coat.admin(request, response))
  await tryOut(`${url}/staff`)
  await tryOut(`${url}/`)
})

test('the admin pages work in Express, behind its parsers or before them, with a slash or without', async () => {
  const web = express()
  web.use('/before', coat.admin)
  web.use(express.json(), express.urlencoded())
  web.use('/back/office', coat.admin)
  web.use((_request, response) => void response.status(404).end('not ours'))
  const url = await listen(web)
  for (const path of ['/before', '/back/office', '/back/office/']) await tryOut(`${url}${path}`)
  const below = await fetch(`${url}/back/office/below`)
  expect([below.status, await below.text()]).toEqual([404, 'not ours'])
})

test('the admin pages work in hosts of the Fetch standard', async () => {
  const ask = (query: string, init?: RequestInit) =>
    coat.fetch(new Request(`http://shop.example/inner/admin${query}`, init))
  const answer = await ask('?page=sign-in', {
    method: 'POST',
    body: new URLSearchParams({ username: 'chief', password }),
  })
  expect([answer.status, answer.headers.get('location')]).toEqual([
    303,
    '?page=sign-in&signed-in=yes',
  ])
  const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!
  const page = await ask('?page=home', { headers: { cookie } })
  expect([page.status, textOf(await page.text()).includes('Active sessions')]).toEqual([200, true])
  const head = await ask('?page=home', { method: 'HEAD', headers: { cookie } })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('our own server has the admin pages at /admin and /admin/, and nothing below', async () => {
  const { url } = await coat.serve({ host: '127.0.0.1', port: 0 })
  for (const path of ['/admin', '/admin/']) await tryOut(`${url}${path}`)
  expect((await fetch(`${url}/admin/users`)).status).toBe(404)
  const other = await fetch(`${url}/admin`, { method: 'DELETE' })
  expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
})
