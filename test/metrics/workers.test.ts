import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand, startProcess } from '../process.ts'
import { parseMetrics } from './parse.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-metrics-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const settings = { WORKERS: '2', METRICS_PORT: '0', DATABASE_URL: 'file:./workers.db' }

test('one scrape of a server with two workers has the sum of both, a worker that is killed takes nothing out of it, and one that stops in order is counted to its last request', async () => {
  const server = await startProcess(folder, settings)
  try {
    const found = () => /"?metrics"?: ?"(http:[^"]+)"/.exec(server.output())?.[1]
    await expect.poll(found).toBeDefined()
    const scrape = async () => parseMetrics(await (await fetch(found() ?? '')).text())
    const counted = async () => {
      const { value } = await scrape()
      return value('coatcheck_requests_total', { operation: 'Ask', code: 'ok' })
    }
    const areAllHeard = () =>
      expect
        .poll(async () => (await scrape()).value('coatcheck_workers_silent'), { timeout: 60_000 })
        .toBe(0)
    /** By connections of their own, which the workers share. */
    const ask = async (count: number) => {
      const asking = Array.from({ length: count }, async () => {
        const { status } = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', connection: 'close' },
          body: JSON.stringify({ query: 'query Ask { me { id } }' }),
        })
        expect(status).toBe(200)
      })
      await Promise.all(asking)
    }

    await areAllHeard()
    await ask(40)
    await expect.poll(counted).toBe(40)
    const { samples } = await scrape()
    const started = samples.filter(({ name }) => name === 'process_start_time_seconds')
    expect(started.map(({ labels }) => labels['worker'])).toEqual(['1', '2'])

    const pids = () => {
      const own = ['-o', 'pid=', '--ppid', String(server.child.pid)]
      const listed = execFileSync('ps', own, { encoding: 'utf8' })
      return listed.trim().split(/\s+/).map(Number)
    }
    process.kill(pids()[0]!, 'SIGKILL')
    for (let times = 0; times < 3; times++) expect(await counted()).toBe(40)
    await areAllHeard()
    expect(await counted()).toBe(40)
    await ask(10)
    await expect.poll(counted).toBe(50)
    // All of this within the five seconds between two questions, as a rule: no question finds what these have counted.
    const leaving = pids()
    await ask(30)
    for (const pid of leaving) process.kill(pid, 'SIGTERM')
    await expect.poll(() => leaving.some(isRunning), { timeout: 60_000 }).toBe(false)
    await expect.poll(counted).toBe(80)
  } finally {
    await server.stop()
  }
})

test('the lag of the bus between workers grows while one of them is stopped, and falls once it goes on', async () => {
  const server = await startProcess(folder, settings)
  try {
    const found = () => /"?metrics"?: ?"(http:[^"]+)"/.exec(server.output())?.[1]
    await expect.poll(found).toBeDefined()
    const lag = async () => {
      const { samples } = parseMetrics(await (await fetch(found() ?? '')).text())
      return samples.find(({ name }) => name === 'coatcheck_bus_lag_seconds')?.value
    }
    await expect.poll(lag, { timeout: 60_000 }).toBeLessThan(1)
    const own = ['-o', 'pid=', '--ppid', String(server.child.pid)]
    const [pid] = execFileSync('ps', own, { encoding: 'utf8' }).trim().split(/\s+/).map(Number)
    process.kill(pid!, 'SIGSTOP')
    await expect.poll(lag, { timeout: 60_000 }).toBeGreaterThan(2)
    if (isRunning(pid!)) process.kill(pid!, 'SIGCONT')
    await expect.poll(lag, { timeout: 60_000 }).toBeLessThan(1)
  } finally {
    await server.stop()
  }
})

test('a server with workers whose METRICS_PORT another program has ends with a sentence, before it makes a database', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => other.once('listening', done))
  const { port } = other.address() as AddressInfo
  const { code, errors, output } = await runCommand(folder, ['serve'], {
    ...settings,
    PORT: '0',
    METRICS_PORT: `${port}`,
  })
  other.close()
  expect([code, output + errors]).toEqual([1, expect.stringContaining(`:${port}`)])
  expect(output + errors).not.toContain('    at ')
  expect(existsSync(join(folder, 'workers.db'))).toBe(false)
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
