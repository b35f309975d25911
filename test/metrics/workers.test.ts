import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startProcess } from '../process.ts'
import { parseMetrics } from './parse.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-metrics-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('one scrape of a server with two workers has the metrics of both', async () => {
  const settings = { WORKERS: '2', METRICS_PORT: '0', DATABASE_URL: 'file:./workers.db' }
  const server = await startProcess(folder, settings)
  try {
    const found = () => /"?metrics"?: ?"(http:[^"]+)"/.exec(server.output())?.[1]
    await expect.poll(found, { timeout: 10_000 }).toBeDefined()
    const scrape = async () => parseMetrics(await (await fetch(found() ?? '')).text())
    await expect
      .poll(async () => (await scrape()).value('coatcheck_workers_silent'), { timeout: 20_000 })
      .toBe(0)
    const { samples } = await scrape()
    const started = samples.filter(({ name }) => name === 'process_start_time_seconds')
    expect(started.map(({ labels }) => labels['worker'])).toEqual(['1', '2'])
  } finally {
    await server.stop()
  }
})
