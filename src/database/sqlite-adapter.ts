import type { SqlDriverAdapter, SqlQuery, Transaction } from '@prisma/driver-adapter-utils'
import type { SqliteFile } from './sqlite-file.ts'
import type { Entrance } from './sqlite-locks.ts'

/**
 * Prisma's adapter over the two connections of `file`. While a transaction is open, what another caller does neither sees it
 * nor is undone with it. A transaction takes SQLite's lock when it begins, so that no other program can write before it ends.
 */
export function createSqliteAdapter(file: SqliteFile): SqlDriverAdapter {
  const { reader, writer, openEntrance, openReading, turnstile, inTurn } = file
  const { provider, adapterName } = writer

  return {
    provider,
    adapterName,

    async queryRaw(query) {
      const exact = literal(query)
      return isReading(query.sql)
        ? openReading()(() => reader.queryRaw(exact))
        : inTurn(() => writer.queryRaw(refuseControl(exact)))
    },
    async executeRaw(query) {
      return inTurn(() => writer.executeRaw(refuseControl(literal(query))))
    },
    async executeScript(script) {
      return inTurn(() => writer.executeScript(script))
    },

    async startTransaction() {
      const enter = openEntrance()
      const leave = await turnstile.take()
      try {
        await enter(() => writer.executeRaw(statement('BEGIN IMMEDIATE')))
        return transactionOn(writer, enter, leave)
      } catch (error) {
        leave()
        throw error
      }
    },

    async dispose() {
      await reader.dispose()
      await writer.dispose()
    },
  }
}

/** The transaction that has begun on `writer`. It lets the next one in when it is over. */
function transactionOn(writer: SqlDriverAdapter, enter: Entrance, leave: () => void): Transaction {
  let isOver = false
  /** Keeps a statement that was waiting when the transaction ended from running in the next one. */
  const inside = <Result>(work: () => Promise<Result>) =>
    enter(() => {
      if (isOver) throw new Error('This transaction is over.')
      return work()
    })
  const run = (sql: string) => inside(() => writer.executeRaw(statement(sql)))
  /** SQLite may have rolled back by itself, as when the disk is full; then there is nothing left to undo. */
  const undo = () => run('ROLLBACK').catch(() => 0)
  const end = () => {
    isOver = true
    leave()
  }
  return {
    provider: writer.provider,
    adapterName: writer.adapterName,
    options: { usePhantomQuery: true }, // Prisma leaves COMMIT and ROLLBACK to us
    queryRaw: (query) => inside(() => writer.queryRaw(literal(query))),
    executeRaw: (query) => inside(() => writer.executeRaw(literal(query))),

    async commit() {
      try {
        await run('COMMIT')
      } catch (error) {
        await undo()
        throw error
      } finally {
        end()
      }
    },
    async rollback() {
      await undo()
      end()
    },

    async createSavepoint(name) {
      await run(`SAVEPOINT ${name}`)
    },
    async rollbackToSavepoint(name) {
      await run(`ROLLBACK TO ${name}`)
    },
    async releaseSavepoint(name) {
      await run(`RELEASE SAVEPOINT ${name}`)
    },
  }
}

/** Can the reader run it? All else may write, and goes to the writer, which can read too. */
function isReading(sql: string): boolean {
  return /^\s*(SELECT|EXPLAIN)\b/i.test(sql)
}

/** Throws for a statement that begins or ends a transaction by itself: other callers would then write inside it. */
function refuseControl(query: SqlQuery): SqlQuery {
  if (/^\s*(BEGIN|SAVEPOINT|RELEASE|COMMIT|END|ROLLBACK)\b/i.test(query.sql))
    throw new Error('Transactions are begun and ended by $transaction alone.')
  return query
}

/** The SQL that Prisma writes for `contains`, `startsWith` and `endsWith`. */
const pattern = / LIKE \((?:'%' \|\| )?\?(?: \|\| '%')?\)(?! ESCAPE)/g

/** Names the backslash as the escape for `%`: SQLite has none unless the statement names it. PostgreSQL takes it by itself. */
function literal(query: SqlQuery): SqlQuery {
  if (!query.sql.includes(' LIKE (')) return query
  return { ...query, sql: query.sql.replaceAll(pattern, String.raw`$& ESCAPE '\'`) }
}

function statement(sql: string): SqlQuery {
  return { sql, args: [], argTypes: [] }
}
