// A process that clears expired sessions, at a quick pace. Usage: node upkeep-process.mjs <database> [<pause after a round, ms>].
// It says 'step' before each step.
import { setTimeout as sleep } from 'node:timers/promises'
import { expiredRows } from '../../dist/auth/clearing/expired.js'
import { noLoad } from '../../dist/auth/clearing/load.js'
import { databaseKind } from '../../dist/database/database.js'
import { createLease } from '../../dist/upkeep/lease.js'
import { createUpkeep } from '../../dist/upkeep/upkeep.js'

const db = await databaseKind(process.argv[2]).open(process.argv[2], {})
const { sessions } = expiredRows(db, { retention: 0 })

/** The same in steps of five, each of which the parent hears of. */
async function* told(at) {
  for await (const removed of sessions(at, () => 5)) {
    process.send('step')
    yield removed
  }
}

const say = (_details, line) => process.send(line)
createUpkeep({
  shared: [told],
  own: [],
  lease: createLease(db, 'upkeep'),
  // It is not asked how busy the machine is, which runs other tests.
  measureLoad: (milliseconds) => sleep(milliseconds, noLoad),
  clock: db.clock,
  now: Date.now,
  log: { info: say, warn: say },
  // Three looks last longer than the start of the thread, in which the holder does not beat.
  pace: {
    start: 1,
    busy: Number(process.argv[3] ?? 300),
    idle: 600_000,
    look: 1000,
    beat: 10,
    peek: 500,
  },
}).start()
process.on('disconnect', () => process.exit())
