import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp } from '../../dist/app.js'
import { servedBy } from '../../dist/app/served.js'
import { openLog } from '../../dist/commands/log.js'
import { readConfig } from '../../dist/config/config.js'
import { serve } from '../../dist/http/server.js'

export const password = 'a password for pictures'

/** Who makes and ends things here, as the audit has it. */
export const operator = { actorId: null, sessionId: null, client: null, shell: { user: 'root' } }

const scratch = mkdtempSync(join(tmpdir(), 'coatcheck-screenshots-'))
const opened = []

/** A server with `chief`, who is staff. `fill` gets the application before anyone signs in. */
export async function open(name, { settings = {}, options = {}, fill = () => {} } = {}) {
  const config = readConfig({
    DATABASE_URL: `file:${join(scratch, `${name}.db`)}`,
    PORT: '0',
    SHUTDOWN_DELAY: '0',
    ADMIN_USERNAME: 'chief',
    ...settings,
  })
  const log = await openLog({ production: true, level: 'silent' })
  const app = await openApp(config, log, options)
  await fill(app)
  await app.users.add({ username: 'chief', password, isStaff: true }, operator)
  const server = await serve(servedBy(app), { ...config, log })
  opened.push(server)
  return { app, url: server.url, admin: `${server.url}/admin`, graphql: `${server.url}/graphql` }
}

/** Stops all of them. */
export async function closeAll() {
  for (const server of opened) await server.stop()
  rmSync(scratch, { recursive: true, force: true })
}
