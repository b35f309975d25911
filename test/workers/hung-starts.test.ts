import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runFewWorkers } from './run-few-workers.ts'
import type { FewWorkers } from './run-few-workers.ts'

// Each worker takes ten seconds to start here, of which its event loop stands still for five. So the tests that kill workers have
// servers of their own, and wait beside each other.
let servers: readonly [FewWorkers, FewWorkers]
beforeAll(async () => {
  servers = await Promise.all([runFewWorkers({ SLOW: '1' }), runFewWorkers({ SLOW: '1' })])
})
afterAll(() => Promise.all(servers.map((running) => running.end())))

/** Before that the primary waits for it, and would stand still with it. */
const hasItsProgram = (pid: number) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith('\0worker\0')

/** Kills a worker that serves, and resolves with the process that takes its place as soon as it runs the program. */
async function successor(running: FewWorkers): Promise<number> {
  const before = running.workers()
  process.kill(before[0]!, 'SIGKILL')
  const found = () => running.workers().find((pid) => !before.includes(pid) && hasItsProgram(pid))
  return vi.waitUntil(found, { timeout: 60_000, interval: 2 })
}

const hasBegun = (running: FewWorkers, pid: number) =>
  running.said('a worker begins').some(({ worker }) => worker === pid)
const served = (running: FewWorkers) => running.said('a worker serves').map(({ worker }) => worker)

test('workers that take long to start, and that say so where they cannot say anything meanwhile, are not killed', () => {
  for (const running of servers) {
    expect(running.killed()).toEqual([])
    expect(running.said('a worker has ended, another takes its place')).toEqual([])
  }
})

describe.concurrent('a worker that hangs before it serves', () => {
  test('a worker that was stopped before its program was loaded is killed, and another takes its place and serves', async ({
    expect,
  }) => {
    const [running] = servers
    const stopped = await successor(running)
    process.kill(stopped, 'SIGSTOP')
    expect(hasBegun(running, stopped)).toBe(false)
    await expect.poll(running.killed, { timeout: 150_000 }).toEqual([stopped])
    await expect.poll(() => served(running).length, { timeout: 150_000 }).toBe(1)
    expect(served(running)).not.toContain(stopped)
  })

  test('a worker that was stopped while it waited to begin serving is killed, and another takes its place and serves', async ({
    expect,
  }) => {
    const [, running] = servers
    const stopped = await successor(running)
    await vi.waitUntil(() => hasBegun(running, stopped), { timeout: 60_000 })
    process.kill(stopped, 'SIGSTOP')
    await expect.poll(running.killed, { timeout: 150_000 }).toEqual([stopped])
    await expect.poll(() => served(running).length, { timeout: 150_000 }).toBe(1)
    expect(served(running)).not.toContain(stopped)
  })
})
