import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { nginxProgram, siteFor, startNginx } from './nginx-server.ts'
import { pgbouncerProgram, startPgbouncer } from './pgbouncer-server.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'

test.skipIf(nginxProgram === null)(
  'the nginx that tests start passes requests on with the settings that Debian ships',
  async () => {
    const server = createServer((request, response) => response.end(request.headers.host))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    const nginx = await startNginx(
      siteFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    )
    onTestFinished(() => nginx.stop())

    const response = await fetch(`${nginx.url}/anything`)

    expect([response.status, await response.text()]).toEqual([200, '127.0.0.1'])
    expect(response.headers.get('server')).toContain('nginx')
  },
)

test.skipIf(pgbouncerProgram === null || postgresqlProgram === null)(
  'the PgBouncer that tests start refuses the startup parameters that one in its default set-up refuses',
  async () => {
    const postgres = await startPostgresql()
    onTestFinished(() => postgres.stop())
    const url = await postgres.database({ isEmpty: true })
    const pool = await startPgbouncer(url, { pool: 'transaction' })
    onTestFinished(() => pool.stop())
    const ask = async (options: object) => {
      const client = new Client({ connectionString: pool.through(url), ...options })
      client.on('error', () => undefined)
      await client.connect()
      return client.query('SELECT current_database()').finally(() => client.end())
    }

    expect((await ask({})).rows).toEqual([{ current_database: new URL(url).pathname.slice(1) }])
    await expect(ask({ statement_timeout: 10_000 })).rejects.toThrow('unsupported startup')
  },
)
