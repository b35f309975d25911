import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runFewWorkers } from './run-few-workers.ts'
import type { FewWorkers } from './run-few-workers.ts'

// Each worker takes ten seconds to start here, of which its event loop stands still for five.
let running: FewWorkers
beforeAll(async () => {
  running = await runFewWorkers({ SLOW: '1' })
})
afterAll(() => running.end())

/** Before that the primary waits for it, and would stand still with it. */
const hasItsProgram = (pid: number) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith('\0worker\0')

/** Kills a worker that serves, and resolves with the process that takes its place as soon as it runs the program. */
async function successor(): Promise<number> {
  const before = running.workers()
  process.kill(before[0]!, 'SIGKILL')
  const found = () => running.workers().find((pid) => !before.includes(pid) && hasItsProgram(pid))
  return vi.waitUntil(found, { timeout: 60_000, interval: 2 })
}

const begun = (pid: number) => running.said('a worker begins').some(({ worker }) => worker === pid)
const served = () => running.said('a worker serves').map(({ worker }) => worker)

test('workers that take long to start, and that say so where they cannot say anything meanwhile, are not killed', () => {
  expect(running.killed()).toEqual([])
  expect(running.said('a worker has ended, another takes its place')).toEqual([])
})

test('a worker that was stopped before its program was loaded is killed, and another takes its place and serves', async () => {
  const stopped = await successor()
  process.kill(stopped, 'SIGSTOP')
  expect(begun(stopped)).toBe(false)
  await expect.poll(running.killed, { timeout: 150_000 }).toEqual([stopped])
  await expect.poll(() => served().length, { timeout: 150_000 }).toBe(1)
  expect(served()).not.toContain(stopped)
})

test('a worker that was stopped while it waited to begin serving is killed, and another takes its place and serves', async () => {
  const [before, ofServed] = [running.killed(), served()]
  const stopped = await successor()
  await vi.waitUntil(() => begun(stopped), { timeout: 60_000 })
  process.kill(stopped, 'SIGSTOP')
  await expect.poll(running.killed, { timeout: 150_000 }).toEqual([...before, stopped])
  await expect.poll(() => served().length, { timeout: 150_000 }).toBe(ofServed.length + 1)
  expect(served()).not.toContain(stopped)
})
