import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { programOrSkip } from './programs.ts'
import { spawnTied } from './tied.ts'

/** Where nginx is; null, and a line that says so, where its tests must be skipped. */
export const nginxProgram = programOrSkip('nginx', ['/usr/sbin'])

/** An nginx on a loopback port of its own, with the settings that Debian ships. */
export interface NginxServer {
  readonly url: string
  readonly port: number
  /** What it wrote to its error log. */
  errors(): string
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** The site that most people write: everything goes to the server at `url`, under the name that the visitor asked for. */
export function siteFor(url: string): string {
  return `location / { proxy_pass ${new URL(url).origin}; proxy_set_header Host $host; }`
}

/** Starts an nginx whose `server` block holds `site`, and waits until it answers. */
export function startNginx(site: string): Promise<NginxServer> {
  return startNginxWith((port) => `server { listen 127.0.0.1:${port}; ${site} }`)
}

/** The same for all that stands in the `http` block, on `port` and with files in `folder`. */
export async function startNginxWith(
  sitesOn: (port: number, folder: string) => string | Promise<string>,
): Promise<NginxServer> {
  if (nginxProgram === null) throw new Error('nginx is not installed.')
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-nginx-'))
  chmodSync(folder, 0o755) // as root its workers run under another name
  const port = await freePort()
  const [settings, log] = [join(folder, 'nginx.conf'), join(folder, 'error.log')]
  writeFileSync(settings, settingsFor(folder, await sitesOn(port, folder)))
  const words = ['-p', folder, '-c', settings, '-e', log, '-g', 'daemon off;']
  const child = spawnTied(nginxProgram, words, { stdio: 'ignore' }, 'TERM')
  const ended = once(child, 'exit')
  const end = () => void child.kill('SIGTERM') // SIGKILL would leave its workers behind
  process.once('exit', end)
  const errors = () => readFileSync(log, 'utf8')

  async function stop(): Promise<void> {
    process.off('exit', end)
    end()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }

  for (let attempt = 0; !(await isListening(port)); attempt++) {
    if (child.exitCode !== null || attempt === 3000) {
      const reason = errors()
      await stop()
      throw new Error(`nginx did not start: ${reason}`)
    }
    await delay(20)
  }
  return { url: `http://127.0.0.1:${port}`, port, errors, stop }
}

/** Debian's own nginx.conf, with sites of ours, and nothing outside of `folder` that it writes to. */
function settingsFor(folder: string, sites: string): string {
  const shipped = readFileSync('/etc/nginx/nginx.conf', 'utf8')
  const isRoot = userInfo().uid === 0
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(' ')
  return shipped
    .replace(/^\s*(?:pid|error_log|access_log|include \/etc\/nginx\/modules-enabled)\b.*$/gm, '')
    .replace(/^\s*include \/etc\/nginx\/(?:conf\.d|sites-enabled)\b.*$/gm, '')
    .replace(/^\s*user\b.*$/m, (line) => (isRoot ? line : ''))
    .replace(/^events\b/m, `pid ${join(folder, 'nginx.pid')};\nevents`)
    .replace(/^http\s*\{/m, `http { access_log off; ${places} ${sites}`)
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => done(true)).on('error', () => done(false))
    socket.on('connect', () => socket.destroy())
  })
}
