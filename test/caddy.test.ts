import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from './free-port.ts'
import { startServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { askSite, makeCertificate, opensslProgram, pretending } from './https-site.ts'
import { programOrSkip } from './programs.ts'
import { spawnTied } from './tied.ts'

const caddy = programOrSkip('caddy')

describe.skipIf(caddy === null || opensslProgram === null)('deploy/Caddyfile', () => {
  let folder: string
  let server: TestServer
  let port: number
  let stop: () => Promise<unknown>
  const file = () => readFileSync('deploy/Caddyfile', 'utf8')
  const environment = () => ({ PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: folder })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-caddy-'))
    makeCertificate(folder)
    server = await startServer({
      TRUST_PROXY: 'loopback',
      ALLOWED_HOSTS: 'shop.example,127.0.0.1',
      SESSION_COOKIE_SECURE: 'true',
    })
    port = await freePort()
    // The file as it is, save for ports and the certificate, which Caddy would fetch; and with the lines for the staff's pages.
    const site = file()
      .replaceAll(/^\t#(?! )/gm, '\t')
      .replace(
        'shop.example {',
        `https://shop.example:${port} {\nbind 127.0.0.1\ntls ${folder}/fullchain.pem ${folder}/privkey.pem`,
      )
      .replace('127.0.0.1:4000', new URL(server.url).host)
    const path = join(folder, 'Caddyfile')
    writeFileSync(path, `{\nadmin off\nauto_https off\n}\n${site}`)
    const words = ['run', '--config', path, '--adapter', 'caddyfile']
    const child = spawnTied(
      caddy ?? 'caddy',
      words,
      { stdio: 'ignore', env: environment() },
      'TERM',
    )
    const ended = once(child, 'exit')
    stop = () => {
      child.kill('SIGTERM')
      return ended
    }
    await vi.waitFor(() => askSite(port, {}), { timeout: 60_000, interval: 50 })
  })
  afterAll(async () => {
    await stop?.()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('Caddy finds nothing wrong with deploy/Caddyfile as it is', () => {
    const words = ['validate', '--config', resolve('deploy/Caddyfile'), '--adapter', 'caddyfile']
    const { status, stderr } = spawnSync(caddy ?? 'caddy', words, {
      encoding: 'utf8',
      env: environment(),
    })
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('"level":"error"')])
  })

  test('a visitor of the site in deploy/Caddyfile is signed in over HTTPS, and the server sees their own address', async () => {
    const ada = await server.signedIn('ada')
    const answer = await askSite(port, pretending(ada.cookie))
    expect(answer).toMatchObject({
      status: 200,
      body: { data: { me: { username: 'ada' }, session: { ipAddress: '127.0.0.1' } } },
    })
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
  })

  test('the lines of deploy/Caddyfile for the staff keep their pages from other networks', async () => {
    expect((await askSite(port, {}, '/admin')).status).toBe(403)
  })
})
