import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createDeadlines } from '../../src/waiting/deadlines.ts'

test('a deadline passes once, when its time is over', async () => {
  const passed = vi.fn<() => void>()
  createDeadlines(50)(passed)
  expect(passed).not.toHaveBeenCalled()
  await expect.poll(() => passed.mock.calls.length).toBe(1)
  await delay(100)
  expect(passed).toHaveBeenCalledTimes(1)
})

test('a deadline that was cleared never passes', async () => {
  const start = createDeadlines(50)
  const [cleared, later] = [vi.fn<() => void>(), vi.fn<() => void>()]
  start(cleared)()
  start(later)
  await expect.poll(() => later.mock.calls.length).toBe(1)
  expect(cleared).not.toHaveBeenCalled()
})

test('a thousand deadlines start one timer at most', () => {
  const timers = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'setTimeout')]
  onTestFinished(() => timers.forEach((timer) => timer.mockRestore()))
  const start = createDeadlines(1000)
  for (const clear of Array.from({ length: 1000 }, () => start(() => {}))) clear()
  const started = timers.reduce((sum, timer) => sum + timer.mock.calls.length, 0)
  expect(started).toBeLessThanOrEqual(1)
})
