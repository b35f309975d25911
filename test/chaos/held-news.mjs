// Loaded first by a process under test, by `--import`: holds up what it hears of sessions by no connection that a proxy could
// stand in. That is the number of its SQLite file, which counts what others have committed, and what a parent passes on between
// its workers. `?news=late`: half a second later. `?news=down`: never.
import cluster from 'node:cluster'
import { createRequire } from 'node:module'

const isLate = new URL(import.meta.url).searchParams.get('news') === 'late'
const lag = 500

const Database = createRequire(import.meta.url)('better-sqlite3')
const { prepare } = Database.prototype
Database.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql)
  return sql === 'PRAGMA data_version' ? held(statement) : statement
}

/** The statement, which gives what it would have given so long ago, or what it gave first. */
function held(statement) {
  const given = []
  return {
    pluck() {
      statement.pluck()
      return this
    },
    get() {
      const now = performance.now()
      given.push({ at: now, value: statement.get() })
      while (isLate && given[1]?.at <= now - lag) given.shift()
      return given[0].value
    },
  }
}

if (cluster.isPrimary) {
  const { send } = cluster.Worker.prototype
  cluster.Worker.prototype.send = function (message, ...rest) {
    const isNews = message?.kind === 'told' && message.subject === 'sessions'
    if (!isNews) return send.call(this, message, ...rest)
    const taken = rest.at(-1)
    if (typeof taken === 'function') setImmediate(taken)
    if (isLate)
      setTimeout(
        () => this.isConnected() && send.call(this, message, undefined, undefined, () => {}),
        lag,
      )
    return true
  }
}
