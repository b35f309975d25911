// A server that clears expired sessions while its parent lets it: see upkeep.bench.mjs. Usage: node upkeep-server.mjs <database>
import { openApp } from '../dist/app.js'
import { openLog } from '../dist/commands/log.js'
import { readConfig } from '../dist/config/config.js'
import { serve } from '../dist/http/server.js'
import { expiredRows } from '../dist/upkeep/expired.js'
import { createWatch } from '../dist/upkeep/load.js'
import { sweep } from '../dist/upkeep/sweep.js'

const config = readConfig({
  DATABASE_URL: process.argv[2],
  PORT: '0',
  SESSION_COOKIE_AGE: '100000',
})
const app = await openApp(config, await openLog({ production: true, level: 'silent' }))
const server = await serve(app, config)
const [database] = app.dependencies
const [sessions] = expiredRows(app.db, { retention: 0 })

let open
let gate = new Promise((done) => (open = done))
const steps = []
process.on('message', (mayClear) => {
  if (mayClear) return open()
  gate = new Promise((done) => (open = done))
  process.send({ steps: steps.splice(0) })
})
process.on('disconnect', () => process.exit())
process.send({ url: `${server.url}/graphql` })

/** The same steps, each with its time. */
async function* timed(at, size) {
  const each = sessions(at, size)
  for (;;) {
    const start = performance.now()
    const { done, value } = await each.next()
    if (done) return
    steps.push({ took: performance.now() - start, removed: value })
    yield value
  }
}

const watch = createWatch(() => database.waiting)
const mayGoOn = async () => (await gate, true)
await sweep(timed, Date.now() - 1000, { watch, mayGoOn, over: new AbortController().signal })
