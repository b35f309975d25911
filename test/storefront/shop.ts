import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { installIn } from '../../scripts/install-in.mjs'
import { freePort } from '../free-port.ts'
import { nginxProgram, startNginx } from '../nginx-server.ts'
import { spawnTied } from '../tied.ts'

/** The storefront, built, and served in front of an API in the two ways of its README. */
export interface ServedShop {
  /** By Vite, with the proxy of vite.config.ts. */
  readonly byVite: string
  /** By nginx, with the block of the README; by Vite where there is no nginx. */
  readonly byNginx: string
  stop(): Promise<void>
}

const folder = 'examples/storefront'
const run = promisify(execFile)

/** Compiles and builds the storefront, and serves it. `api` is the URL of the API. */
export async function serveShop(api: string): Promise<ServedShop> {
  installIn(folder)
  const built = mkdtempSync(join(tmpdir(), 'coatcheck-storefront-'))
  chmodSync(built, 0o755) // nginx reads it under another name
  // Vitest's own NODE_ENV would make it a page of development.
  const options = { cwd: folder, env: { ...process.env, NODE_ENV: 'production' } }
  await run('npm', ['run', '--silent', 'types'], options)
  await run(process.execPath, ['node_modules/typescript/bin/tsc'], options)
  const vite = 'node_modules/vite/bin/vite.js'
  await run(process.execPath, [vite, 'build', '--outDir', built], options)

  const port = await freePort()
  const where = ['--outDir', built, '--host', '127.0.0.1', '--port', `${port}`, '--strictPort']
  const preview = spawnTied(process.execPath, [vite, 'preview', ...where], {
    cwd: folder,
    env: { ...process.env, COATCHECK: api },
    stdio: 'ignore',
  })
  const byVite = `http://127.0.0.1:${port}`
  while (!(await isServing(byVite))) await delay(50)
  const block = /```nginx\n(.*?)```/s.exec(readFileSync(`${folder}/README.md`, 'utf8'))?.[1] ?? ''
  const site = block.replace('/srv/storefront/dist', built).replace('http://127.0.0.1:4000', api)
  const nginx = nginxProgram === null ? null : await startNginx(site)
  return {
    byVite,
    byNginx: nginx ? nginx.url : byVite,
    async stop() {
      const ended = once(preview, 'exit')
      preview.kill('SIGTERM')
      await Promise.all([ended, nginx?.stop()])
      rmSync(built, { recursive: true, force: true })
    },
  }
}

async function isServing(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}
