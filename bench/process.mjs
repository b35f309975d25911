import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { coreWords } from './cores.mjs'
import { untilListening } from './services.mjs'

/**
 * A server in a process of its own, so that its callers do not share its time: the built one, or `program`, a file and
 * its arguments, which prints its address as ours does or listens on PORT. `flags` are Node's.
 */
export async function startProcess(
  settings = {},
  flags = [],
  program = [resolve('dist/main.js'), 'serve'],
) {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  const [command, ...words] = [...coreWords(), process.execPath, ...flags, ...program]
  const child = spawn(command, words, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      NODE_ENV: 'production',
      SECRET_KEY: 'only for the bench, not a secret',
      SHUTDOWN_DELAY: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((done) => child.once('close', done))
  let written = 0
  const url = await new Promise((done, fail) => {
    let output = ''
    child.stdout.on('data', (chunk) => {
      written += chunk.length
      output = (output + chunk).slice(-10_000)
      const found = /"url":"([^"]+)"/.exec(output)
      if (found) done(`${found[1]}/graphql`)
    })
    // Where its log does not say so, it is asked.
    if (settings.PORT)
      untilListening(settings.PORT).then(
        () => done(`http://127.0.0.1:${settings.PORT}/graphql`),
        fail,
      )
    void ended.then(() => fail(new Error(output)))
  })
  return {
    url,
    pid: child.pid,
    /** Megabytes of memory that the system has given it. */
    memory: () => memoryOf(child.pid, 'VmRSS'),
    /** The most of it so far. */
    mostMemory: () => memoryOf(child.pid, 'VmHWM'),
    /** Bytes that it has written to its log so far. */
    logged: () => written,
    isAlive: () => child.exitCode === null,
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function memoryOf(pid, name) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024
}

/** Posts an operation, and says how it went and how long it took, in milliseconds. */
export async function post(url, query, { variables, headers } = {}) {
  const start = performance.now()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  })
  const body = await response.json()
  return {
    status: response.status,
    headers: response.headers,
    body,
    took: performance.now() - start,
  }
}
