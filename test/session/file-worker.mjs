// A process beside that of file-store.test.ts: node file-worker.mjs <task> <path> [ids]. It works on the built store,
// because Node 20 runs no TypeScript.
import { randomBytes } from 'node:crypto'
import { chmodSync, writeSync } from 'node:fs'
import { createFileStore } from '../../dist/session/stores/file.js'

const [task, path, ...ids] = process.argv.slice(2)
const store = createFileStore({ path })

const tasks = {
  /** Creates every id, and says which it won. */
  async create() {
    for (const id of ids) if (await store.create(id, recordOf(0))) say(id)
  },

  /** Adds one to the first id fifty times. */
  async count() {
    for (let turn = 0; turn < 50; turn++) while (!(await addOne(ids[0])));
  },

  /** Adds one to the first id, and saves every other until it is gone. Says how often that succeeded. */
  async outlast() {
    const [gate, ...others] = ids
    while ((await addOne(gate)) === null);
    await Promise.all(
      others.map(async (id) => {
        let saves = 0
        for (;;) {
          const count = await addOne(id)
          if (count === 'gone') return say(`${id} ${saves}`)
          if (count !== null) saves++
        }
      }),
    )
  },

  /** Adds to every id, creates and deletes others, and says what is done, until it is killed. */
  async write() {
    const save = async (id) => {
      for (;;) {
        const count = await addOne(id)
        if (count !== null) say(`${id} ${count}`)
      }
    }
    const comeAndGo = async () => {
      for (;;) {
        const id = randomBytes(32).toString('hex')
        await store.create(id, recordOf(0))
        say(`${id} 0`)
        await store.delete(id)
        say(`${id} gone`)
      }
    }
    await Promise.all([...ids.map(save), comeAndGo(), comeAndGo()])
  },

  /** Loads the first id fifty times at once, by a thread, then without the right to. Leaves the store open. */
  async crowd() {
    const loads = () => Array.from({ length: 50 }, () => store.load(ids[0]))
    let isOnline = false
    process.once('worker', (thread) => thread.once('online', () => (isOnline = true)))
    while (!isOnline) await Promise.all(loads())
    const found = await Promise.all(loads())
    say(`loaded ${found.filter((one) => one.data.count === 0).length}`)
    lockOut()
    const codes = await Promise.all(loads().map((load) => load.catch(({ code }) => code)))
    say(`EACCES ${codes.filter((code) => code === 'EACCES').length}`)
  },

  /** Tries everything and says how each attempt ended. The first id has a session, the second has none. */
  async attempt() {
    const found = await store.load(ids[0])
    if (process.env.LOCKED_OUT) lockOut()
    const attempts = {
      load: () => store.load(ids[0]),
      create: () => store.create(ids[1], recordOf(0)),
      save: () => store.save(ids[0], recordOf(1), found.version),
      delete: () => store.delete(ids[1]),
      clearExpired: () => store.clearExpired(Date.now(), 10),
    }
    for (const [name, attempt] of Object.entries(attempts)) {
      say(
        await attempt().then(
          () => `${name} done`,
          ({ code }) => `${name} ${code}`,
        ),
      )
    }
  },
}

await tasks[task]()

/** The count after adding one to it; null where another process was faster, 'gone' where there is none. */
async function addOne(id) {
  const found = await store.load(id)
  if (found === null) return 'gone'
  const count = found.data.count + 1
  const outcome = await store.save(id, recordOf(count), found.version)
  if (outcome === 'conflict') return null
  return outcome === 'gone' ? outcome : count
}

/** As the test makes them, and long enough to be caught half written. */
function recordOf(count) {
  return {
    auth: null,
    data: { count, note: `${count} `.repeat(5_000) },
    expiry: null,
    createdAt: 0,
    lastSeenAt: 0,
    expiresAt: 8_640_000_000_000_000,
    absoluteExpiresAt: null,
  }
}

/** Takes the right to read the sessions from this process. */
function lockOut() {
  chmodSync(path, 0)
  // Root may do everything, whatever the mode.
  if (process.getuid() === 0) process.setuid(65_534)
}

/** At once, so that what was said was done, whenever this process is killed. */
function say(line) {
  writeSync(1, `${line}\n`)
}
