// Looks at PostgreSQL again and again, and says what visitors' statements wait for: see upkeep-whole.mjs. It is a process of its
// own, so that it delays neither the visitors nor their server. Its one argument is the database's URL.
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** What runs now, with what it waits for. */
const look = `SELECT pid, backend_type AS kind, wait_event_type AS type, wait_event AS event,
  query LIKE 'DELETE FROM %"Session"%' AS clears
  FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (state = 'active' OR backend_type = 'walwriter')`

/** What a statement waits for, by PostgreSQL's word for the kind. It waits for its client by every other word. */
const waits = { Lock: 'lock', BufferPin: 'lock', LWLock: 'inner', IO: 'disk' }

const now = () => performance.timeOrigin + performance.now()
const client = new Client({ connectionString: process.argv[2] })
await client.connect()

/**
 * From one look to the next a statement was in the state that the second one finds. Where the next look came late, the processors
 * were not free for it, and what there was meanwhile is not known: `waitsFor` is `unseen` then.
 */
const late = 5
let spans = []
let looks = 0
process.on('message', () => {
  process.send({ spans, looks })
  spans = []
  looks = 0
})
process.on('disconnect', () => process.exit())
process.send('ready')

for (let from = now(); ; await sleep(2)) {
  const { rows } = await client.query({ name: 'look', text: look })
  const to = now()
  if (to - from > late) spans.push({ from, to, waitsFor: 'unseen', beside: false })
  else note(rows, from, to)
  looks++
  from = to
}

function note(rows, from, to) {
  const clearing = rows.find(({ kind, clears }) => kind === 'client backend' && clears)
  // What the step has logged goes to the disk by this one, where its own commit does not wait for that.
  const flushes = rows.some(({ kind, type }) => kind === 'walwriter' && type === 'IO')
  const beside = clearing !== undefined || flushes
  for (const { kind, pid, type, event } of rows) {
    if (kind !== 'client backend' || pid === clearing?.pid) continue
    const waitsFor = waits[type]
    if (waitsFor !== undefined) spans.push({ from, to, waitsFor, event, beside })
  }
}
