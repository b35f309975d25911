import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { ms, quantile } from './setting.mjs'

/** Milliseconds of one window, and the longest that all of them may take. */
const [window, patience] = [5000, 320_000]

/** How long a request may wait for the upkeep, in milliseconds: more are counted. */
const bearable = 20

/**
 * All of a million, beside requests by `run`: windows without upkeep and with it in turns, until all is cleared. For each request
 * it says for how long it may have waited for the upkeep, at the most: while the upkeep had the event loop, or the writer of
 * SQLite; while its statement waited for a lock of rows or tables, which no two visitors want here, but steps and the vacuum after
 * them; and while it waited for an inner lock of PostgreSQL, as that of its log, and a step was under way or its log went to the
 * disk. A wait for the disk itself is told apart. `databaseUrl` names a PostgreSQL to look at.
 */
export async function measureWhole({ told, run, databaseUrl }) {
  const watch = databaseUrl === undefined ? null : await watchDatabase(databaseUrl)
  const kinds = { no: newKind(), yes: newKind() }
  try {
    await told(false)
    const begun = performance.now()
    for (let isOver = false; !isOver && performance.now() - begun < patience;) {
      for (const upkeep of ['no', 'yes']) {
        await told(upkeep === 'yes')
        await watch?.()
        const requests = await run(window / 1000)
        const seen = { ...(await told(false)), ...(await watch?.()) }
        isOver = seen.isOver
        add(kinds[upkeep], requests, seen)
      }
    }
  } finally {
    watch?.stop()
  }
  const rows = Object.entries(kinds).map(([upkeep, kind]) => row(upkeep, kind, kinds))
  return { rows, longest: longestOf(kinds) }
}

function newKind() {
  return { requests: [], windows: [], steps: [], waits: [], looks: 0 }
}

/** Notes of each request of a window what it met. */
function add(kind, requests, { steps, holds, turns, stops, waits, spans = [], looks = 0 }) {
  const besides = spans.filter(
    ({ waitsFor, beside }) => waitsFor === 'lock' || (waitsFor === 'inner' && beside),
  )
  for (const { from, to } of requests) {
    const within = (all) => lengthOf(all.flatMap((each) => common(each, { from, to })))
    const at = (what) => within(spans.filter(({ waitsFor }) => waitsFor === what))
    kind.requests.push({
      took: to - from,
      lock: at('lock'),
      inner: at('inner'),
      disk: at('disk'),
      unseen: at('unseen'),
      stop: within(stops),
      loop: within(turns),
      writer: within(holds),
      step: within(steps),
      upkeep: within([...turns, ...holds, ...besides]),
      events: namesOf(spans.filter((each) => common(each, { from, to }).length > 0)),
    })
  }
  kind.windows.push(Math.max(...requests.map(({ from, to }) => to - from)))
  kind.steps.push(...steps)
  kind.waits.push(...waits)
  kind.looks += looks
}

function row(upkeep, { requests, windows, steps, waits, looks }, kinds) {
  const times = requests.map(({ took }) => took)
  const most = (what) => ms(Math.max(...requests.map((request) => request[what])))
  const other = kinds[upkeep === 'yes' ? 'no' : 'yes'].windows
  return {
    upkeep,
    seconds: (windows.length * window) / 1000,
    removed: steps.reduce((sum, step) => sum + step.removed, 0),
    requests: times.length,
    p50: ms(quantile(times, 0.5)),
    p99: ms(quantile(times, 0.99)),
    'p99.9': ms(quantile(times, 0.999)),
    longest: ms(Math.max(...times)),
    'longest of the median window': ms(quantile(windows, 0.5)),
    'longer than its pair': `${windows.filter((longest, at) => longest > other[at]).length} of ${windows.length}`,
    'places: waited at looks': `${waits.filter((each) => each > 0).length} of ${waits.length}`,
    ...(looks > 0 && {
      'inner lock': most('inner'),
      disk: most('disk'),
      'disk p99.9': ms(
        quantile(
          requests.map(({ disk }) => disk),
          0.999,
        ),
      ),
      looks,
    }),
    'loop stood still': most('stop'),
    ...(upkeep === 'yes' && {
      'step p50': ms(quantile(steps.map(timeOf), 0.5)),
      'step p99': ms(quantile(steps.map(timeOf), 0.99)),
      'longest step': ms(Math.max(...steps.map(timeOf))),
      'beside one request': most('step'),
      'its loop': most('loop'),
      ...(looks > 0 ? { 'a lock': most('lock') } : { 'its writer': most('writer') }),
      // Of files only the event loop is known: what else there is to wait for is the disk.
      'waited for upkeep at most': most('upkeep'),
      [`more than ${bearable}`]: requests.filter((each) => each.upkeep > bearable).length,
    }),
  }
}

/** The longest requests of both kinds, and those that may have waited longest for the upkeep, with what they met. */
function longestOf(kinds) {
  const top = (kind, by) => [...kind.requests].sort((a, b) => b[by] - a[by]).slice(0, 5)
  const shown = (name, all) =>
    all.map((request) => ({
      which: name,
      ...Object.fromEntries(
        Object.entries(request).map(([what, found]) => [
          what,
          what === 'events' ? found : ms(found),
        ]),
      ),
    }))
  return [
    ...shown('longest without upkeep', top(kinds.no, 'took')),
    ...shown('longest with upkeep', top(kinds.yes, 'took')),
    ...shown('waited longest for upkeep', top(kinds.yes, 'upkeep')),
  ]
}

/** What PostgreSQL calls the waits of these spans. */
const namesOf = (spans) => [...new Set(spans.flatMap(({ event }) => event ?? []))].join(' ')

const timeOf = ({ from, to }) => to - from

/** What two spans share: one, or none. */
function common(one, other) {
  const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)]
  return from < to ? [{ from, to }] : []
}

/** How long all spans are together, where two at once count once. */
function lengthOf(spans) {
  let [sum, end] = [0, -Infinity]
  for (const { from, to } of spans.sort((a, b) => a.from - b.from)) {
    sum += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return sum
}

/** Looks at the database in a process of its own. Each call says what there was since the last. */
async function watchDatabase(url) {
  const child = fork(resolve('bench/upkeep-look.mjs'), [url], { execArgv: [] })
  await once(child, 'message')
  const seen = async () => {
    child.send('tell')
    return (await once(child, 'message'))[0]
  }
  return Object.assign(seen, { stop: () => child.disconnect() })
}
