import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { spawnTied } from '../tied.ts'

/** A primary and its two workers, of few-workers.ts. */
export interface FewWorkers {
  readonly url: string
  readonly primary: number
  /** The processes of all workers. */
  workers(): number[]
  /** Lines of the log that say `message`. */
  said(message: string): Record<string, unknown>[]
  /** The workers that were killed because they hang. */
  killed(): unknown[]
  end(): Promise<void>
}

/** Starts them, and waits until both serve. Beats come every half a second: a worker hangs that says nothing for three and a half. */
export async function runFewWorkers(settings: Record<string, string> = {}): Promise<FewWorkers> {
  const port = await freePort()
  const words = ['--import', resolve('scripts/typescript.mjs'), 'test/workers/few-workers.ts']
  const child = spawnTied(process.execPath, words, {
    env: { PATH: process.env['PATH'], PORT: `${port}`, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: Record<string, unknown>[] = []
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(JSON.parse(line)))
  const primary = child.pid!
  const said = (message: string) => lines.filter(({ msg }) => msg === message)
  const workers = () => {
    const children = readFileSync(`/proc/${primary}/task/${primary}/children`, 'utf8')
    return children.trim().split(' ').filter(Boolean).map(Number)
  }
  await vi.waitUntil(() => said('all serve').length > 0, { timeout: 90_000 })
  return {
    url: `http://127.0.0.1:${port}`,
    primary,
    workers,
    said,
    killed: () => said('a worker hangs and is killed').map(({ worker }) => worker),
    async end() {
      // A worker in an endless loop would outlive the primary.
      for (const pid of [...workers(), primary]) process.kill(pid, 'SIGKILL')
      await new Promise((done) => child.once('close', done))
    },
  }
}
