import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp } from '../dist/app.js'
import { servedBy } from '../dist/app/served.js'
import { readConfig } from '../dist/config/config.js'
import { openLog } from '../dist/commands/log.js'
import { createUser } from '../dist/auth/users/new-user.js'
import { serve } from '../dist/http/server.js'

/** A server with a database of its own unless `settings` name one, a staff user's cookie, and `ask` to post with it. */
export async function openServer(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  const config = readConfig({
    DATABASE_URL: `file:${join(folder, 'bench.db')}`,
    PORT: '0',
    SESSION_COOKIE_AGE: '100000',
    SHUTDOWN_DELAY: '0',
    ...settings,
  })
  const log = await openLog({ production: true, level: 'silent' })
  const app = await openApp(config, log)
  const server = await serve(servedBy(app), { ...config, log })
  const chief = { username: 'chief', password: 'chief of the bench', isStaff: true }
  if ((await app.users.find(chief)) === null) await createUser(app.db, app.passwords, chief)
  let cookie = ''
  const ask = async (query, variables) => {
    const headers = { 'content-type': 'application/json', cookie }
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    const { data, errors } = await response.json()
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  await ask(
    'mutation { login(input: { username: "chief", password: "chief of the bench" }) { __typename } }',
  )
  return {
    app,
    url: `${server.url}/graphql`,
    ask,
    cookie: () => cookie,
    async close() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Adds anonymous sessions that end at `expiresAt`, in ms since 1970, one a second into the past. */
export async function plant(app, from, to, expiresAt) {
  const now = Date.now()
  for (let at = from; at < to; at += 5000) {
    await app.db.session.createMany({
      data: Array.from({ length: Math.min(5000, to - at) }, (_, more) => ({
        id: `planted${String(at + more).padStart(8, '0')}`,
        createdAt: new Date(now - (at + more) * 1000),
        lastSeenAt: new Date(now),
        expiresAt: new Date(expiresAt),
        data: '{}',
        version: 1,
      })),
    })
  }
}

export const ms = (value) => `${value.toFixed(2)} ms`
export const ratio = (value, baseline) => `${(value / baseline).toFixed(2)}×`

export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]
}
