import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from './free-port.ts'
import { password, startServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { askSite, makeCertificate, opensslProgram, pretending } from './https-site.ts'
import { nginxProgram, startNginxWith } from './nginx-server.ts'
import type { NginxServer } from './nginx-server.ts'
import { programOrSkip } from './programs.ts'

const systemd = programOrSkip('systemd-analyze')

describe.skipIf(nginxProgram === null || opensslProgram === null)('deploy/nginx.conf', () => {
  let server: TestServer
  let nginx: NginxServer
  let plainPort: number
  beforeAll(async () => {
    server = await startServer({
      TRUST_PROXY: 'loopback',
      ALLOWED_HOSTS: 'shop.example,127.0.0.1',
      SESSION_COOKIE_SECURE: 'true',
      SECURE_HSTS_SECONDS: '31536000',
    })
    plainPort = await freePort()
    nginx = await startNginxWith((port, folder) => {
      makeCertificate(folder)
      return siteOn({ port, plainPort, folder, upstream: new URL(server.url).host })
    })
  })
  afterAll(async () => {
    await nginx?.stop()
    await server?.stop()
  })

  test('a visitor of the site in deploy/nginx.conf signs in over HTTPS, and the server sees their own address', async () => {
    const ada = await server.signedIn('ada')
    const answer = await askSite(nginx.port, pretending(ada.cookie))
    expect(answer).toMatchObject({
      status: 200,
      body: { data: { me: { username: 'ada' }, session: { ipAddress: '127.0.0.1' } } },
    })
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f]{32}$/)
    expect(answer.headers['strict-transport-security']).toContain('max-age=31536000')
  })

  test('the site in deploy/nginx.conf sends plain HTTP to HTTPS', async () => {
    const answer = await fetch(`http://127.0.0.1:${plainPort}/graphql`, {
      redirect: 'manual',
      headers: { host: 'shop.example' },
    })
    expect(answer.status).toBe(301)
    expect(answer.headers.get('location')).toMatch(/^https:/)
  })

  test('two servers behind deploy/nginx.conf are restarted one right after the other, and no visitor is turned away', async () => {
    const environment = { TRUST_PROXY: 'loopback', ALLOWED_HOSTS: 'shop.example' }
    const [one, two] = [String(await freePort()), String(await freePort())]
    const start = (PORT: string) => startServer({ ...environment, PORT })
    const first = await start(one)
    const second = await start(two)
    const spare = await freePort()
    const pair = await startNginxWith((port, folder) => {
      makeCertificate(folder)
      const site = { port, plainPort: spare, folder, upstream: `127.0.0.1:${one}` }
      return siteOn(site).replace('#server 127.0.0.1:4001', `server 127.0.0.1:${two}`)
    })
    const statuses = async () => {
      const answers: unknown[] = []
      for (let count = 0; count < 6; count++) answers.push((await askSite(pair.port, {})).status)
      return answers
    }
    const allAnswered = Array.from({ length: 6 }, () => 200)
    await first.stop()
    expect(await statuses()).toEqual(allAnswered)
    const newFirst = await start(one)
    await second.stop()
    expect(await statuses()).toEqual(allAnswered)
    await pair.stop()
    await newFirst.stop()
  })
})

test.skipIf(nginxProgram === null)(
  'nginx serves the storefront as its README says, and the server sees who asked, whatever they say of themselves',
  async () => {
    const server = await startServer({ TRUST_PROXY: 'loopback' })
    const nginx = await startNginxWith((port, folder) => {
      writeFileSync(join(folder, 'index.html'), 'the storefront')
      const [, block = ''] =
        /```nginx\n(.*?)```/s.exec(readFileSync('examples/storefront/README.md', 'utf8')) ?? []
      const site = block
        .replace('/srv/storefront/dist', folder)
        .replace('http://127.0.0.1:4000', server.url)
      return `server { listen 127.0.0.1:${port}; ${site} }`
    })
    const get = (path: string) => fetch(`${nginx.url}${path}`, { redirect: 'manual' })
    await fetch(`${server.url}/admin`) // loads the pages, which a busy machine takes longer for than nginx waits
    for (const path of ['/', '/cart/7'])
      expect(await (await get(path)).text()).toBe('the storefront')
    expect((await get('/admin')).headers.get('location')).toMatch(/^\?page=sign-in/)
    const ada = await server.signedIn('ada')
    const answer = await fetch(`${nginx.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        cookie: `sessionid=${ada.cookie}`,
        'x-forwarded-for': '203.0.113.7',
        forwarded: 'for=203.0.113.7',
      },
      body: JSON.stringify({
        query: `mutation { login(input: { username: "ada", password: "${password}" }) { ... on LoginSuccess { session { ipAddress } } } }`,
      }),
    })
    expect(await answer.json()).toEqual({
      data: { login: { session: { ipAddress: '127.0.0.1' } } },
    })
    await nginx.stop()
    await server.stop()
  },
)

test.skipIf(systemd === null)('systemd finds nothing wrong with the units in deploy/', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-units-'))
  try {
    const names = ['coatcheck.service']
    for (const name of names) {
      cpSync(join('deploy', name), join(folder, name))
      const unit = readFileSync(join(folder, name), 'utf8')
      writeFileSync(join(folder, name), unit.replaceAll('/usr/bin/node', process.execPath))
    }
    const paths = names.map((name) => join(folder, name))
    const { status, stdout, stderr } = spawnSync(systemd!, ['verify', ...paths], {
      encoding: 'utf8',
    })
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

interface Site {
  readonly port: number
  readonly plainPort: number
  readonly folder: string
  /** Where the server is: a host and its port. */
  readonly upstream: string
}

/** The file as it is, save for ports and certificates, which only root has. */
function siteOn({ port, plainPort, folder, upstream }: Site): string {
  return readFileSync('deploy/nginx.conf', 'utf8')
    .replace('server 127.0.0.1:4000 ', `server ${upstream} `)
    .replace('listen 80;', `listen 127.0.0.1:${plainPort};`)
    .replace('listen 443 ssl http2;', `listen 127.0.0.1:${port} ssl http2;`)
    .replaceAll(/^ *listen \[::\].*\n/gm, '')
    .replaceAll('/etc/letsencrypt/live/shop.example', folder)
}
