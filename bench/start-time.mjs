import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { password } from './contenders.mjs'
import { childrenTime, processorTime } from './load.mjs'
import { startProcess } from './process.mjs'
import { quantile } from './setting.mjs'

const times = 3

/** What people run to see what is there: each is to take half a second at most, and 0.4 s of processor time. */
const looking = ['sessions list', 'users show admin', 'audit list', 'check']

/** From the start of a process to its readiness, with a database that is there; and what commands take. Medians. */
export async function measureStart() {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-start-'))
  const settings = { DATABASE_URL: `file:${join(folder, 'bench.db')}`, ADMIN_PASSWORD: password }
  await (await startProcess(settings)).stop() // makes the database and its first user
  const starts = []
  for (let time = 0; time < times; time++) {
    const start = performance.now()
    const server = await startProcess(settings)
    const ms = performance.now() - start
    starts.push({ ms, processor: processorTime(server.pid) * 1000, memory: server.memory() })
    await server.stop()
  }
  const median = (key) =>
    Math.round(
      quantile(
        starts.map((each) => each[key]),
        0.5,
      ),
    )
  const rows = [
    {
      row: 'serve, until it is ready',
      ms: median('ms'),
      'CPU ms': median('processor'),
      MB: median('memory'),
    },
    command(['--help'], settings),
    ...looking.map((words) => command(words.split(' '), settings)),
  ]
  rmSync(folder, { recursive: true, force: true })
  return rows
}

function command(words, settings) {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    SECRET_KEY: 'only for the bench, not a secret',
    ...settings,
  }
  const runs = Array.from({ length: times }, () => {
    const [start, before] = [performance.now(), childrenTime()]
    const { status } = spawnSync(process.execPath, [resolve('dist/main.js'), ...words], {
      env,
      stdio: 'ignore',
    })
    // 1: `check` finds the settings of a bench wanting.
    if (status !== 0 && status !== 1) throw new Error(`coatcheck ${words} exits with ${status}.`)
    return { ms: performance.now() - start, processor: (childrenTime() - before) * 1000 }
  })
  const median = (key) =>
    Math.round(
      quantile(
        runs.map((each) => each[key]),
        0.5,
      ),
    )
  return { row: `coatcheck ${words.join(' ')}`, ms: median('ms'), 'CPU ms': median('processor') }
}
