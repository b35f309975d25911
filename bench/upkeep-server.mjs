// A server that clears expired sessions while its parent lets it: see upkeep.bench.mjs. Its settings are in the environment.
import { Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { openApp } from '../dist/app.js'
import { servedBy } from '../dist/app/served.js'
import { expiredRecords, expiredRows } from '../dist/auth/clearing/expired.js'
import { createLoadMeter } from '../dist/auth/clearing/load.js'
import { sweep } from '../dist/auth/clearing/sweep.js'
import { openLog } from '../dist/commands/log.js'
import { readConfig } from '../dist/config/config.js'
import { serve } from '../dist/http/server.js'
import { mostAtOnce } from '../dist/upkeep/upkeep.js'

const now = () => performance.timeOrigin + performance.now()

// While the thread for SQLite has a statement, no other write of this process begins: from its message to its answer.
let holds = []
const { postMessage } = Worker.prototype
Worker.prototype.postMessage = function (message) {
  const from = now()
  if (message.sql?.startsWith('DELETE')) this.once('message', () => holds.push({ from, to: now() }))
  return postMessage.call(this, message)
}

// When a step has the event loop: until its statement is sent or done, and while what PostgreSQL answers is read meanwhile.
let turns = []
let isStepping = false
const { emit } = Socket.prototype
Socket.prototype.emit = function (event, ...given) {
  if (event !== 'data' || !isStepping) return emit.call(this, event, ...given)
  const from = now()
  const result = emit.call(this, event, ...given)
  turns.push({ from, to: now() })
  return result
}

const config = readConfig({ ...process.env, PORT: '0', SESSION_COOKIE_AGE: '100000' })
const log = await openLog({ production: true, level: 'silent' })
const app = await openApp(config, log)
const server = await serve(servedBy(app), { ...config, log })
const [database] = app.dependencies
const clear =
  config.sessionEngine === 'file'
    ? expiredRecords(app.settings.store)
    : expiredRows(app.db, { retention: 0 }).sessions

/** How many callers wait for a connection, at a look every two milliseconds, and from when to when the event loop stood still. */
let waits = []
let stops = []
let due = now() + 2
setInterval(() => {
  waits.push(database.waiting)
  if (now() > due + 3) stops.push({ from: due, to: now() })
  due = now() + 2
}, 2)

let isOver = false
let open
let gate = new Promise((done) => (open = done))
let isOpen = false
let steps = []
const loop = monitorEventLoopDelay({ resolution: 1 })
loop.enable()
process.on('message', ({ mayClear }) => {
  if (mayClear) open()
  else if (isOpen) gate = new Promise((done) => (open = done))
  isOpen = mayClear
  // The pauses that the event loop made are told apart from the millisecond between two looks.
  const stalls = { longest: loop.max / 1e6 - 1, most: loop.percentile(99.9) / 1e6 - 1 }
  loop.reset()
  process.send({ steps, stalls, holds, turns, stops, waits, isOver })
  turns = []
  waits = []
  stops = []
  steps = []
  holds = []
})
process.on('disconnect', () => process.exit())
process.send({ url: `${server.url}/graphql` })

/** The same steps, each with its time. */
async function* timed(at, size) {
  const each = clear(at, size)[Symbol.asyncIterator]()
  for (;;) {
    const from = now()
    isStepping = true
    const next = each.next()
    turns.push({ from, to: now() })
    const { done, value } = await next
    isStepping = false
    if (done) return
    const to = now()
    steps.push({ took: to - from, removed: value, from, to })
    yield value
  }
}

const measureLoad = createLoadMeter(() => database.waiting)
const mayGoOn = async () => (await gate, true)
const most = Number(process.env.UPKEEP_MOST ?? mostAtOnce)
await sweep(timed, Date.now() - 1000, {
  measureLoad,
  mayGoOn,
  over: new AbortController().signal,
  most,
})
isOver = true
