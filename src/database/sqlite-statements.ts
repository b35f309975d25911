import type BetterSqlite3 from 'better-sqlite3'
import type { Soon } from '../waiting/soon.ts'
import type { Database } from './driver.ts'
import type { Row, Statement, Statements, Step, Value, Written } from './statements.ts'

/** The two connections of a SQLite file, and the ways to them: see sqlite-file.ts. */
export interface SqliteConnections {
  readonly reader: BetterSqlite3.Database
  readonly writer: BetterSqlite3.Database
  /** Does `work` on the reader: at once, or once the file can be read. */
  read<Result>(work: () => Result): Soon<Result>
  /** Does `work` on the writer while no other caller has it: at once, or in its turn. */
  write<Result>(work: () => Result): Soon<Result>
}

/** Runs a statement on the thread of a SQLite file, while no other caller of this process writes. */
export type RunAside = (
  sql: string,
  values: readonly unknown[],
) => Promise<{ readonly count: number; readonly rows: readonly object[] }>

/** A statement as one connection has prepared it. */
interface Prepared {
  readonly ready: BetterSqlite3.Statement<unknown[]>
  /** For each parameter in the text, which value it takes. */
  readonly places: readonly number[]
  /** Makes an object of a row's values. */
  readonly shape: Shape
}

type Shape = (values: readonly unknown[]) => object

/** Prepared statements on SQLite, by the driver's own. The event loop stands still for each: no other work runs between. */
export function createSqliteStatements(connections: SqliteConnections): Statements {
  const { reader, writer, read, write } = connections
  const onReader = preparingOnce(reader)
  const onWriter = preparingOnce(writer)
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) =>
    writer.prepare(sql),
  )

  function change<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Written<Result> {
    const { ready, places, shape } = onWriter(statement)
    const bound = bind(places, values)
    if (!ready.reader) return { count: ready.run(bound).changes, rows: none }
    const found = ready.all(bound) as (readonly unknown[])[]
    const rows = found.map(shape) as Result[]
    return { count: rows.length, rows }
  }

  return {
    first: (statement, values) =>
      read(() => {
        const { ready, places, shape } = onReader(statement)
        const found = ready.get(bind(places, values)) as readonly unknown[] | undefined
        return found === undefined ? null : (shape(found) as typeof statement.result & object)
      }),

    all: (statement, values) =>
      read(() => {
        const { ready, places, shape } = onReader(statement)
        const found = ready.all(bind(places, values)) as (readonly unknown[])[]
        return found.map(shape) as NonNullable<typeof statement.result>[]
      }),

    write: (statement, values) => write(() => change(statement, values)),

    transaction: (work) =>
      write(() => {
        begin?.run()
        try {
          const result = runSteps(work(), change)
          commit?.run()
          return result
        } catch (error) {
          // SQLite may have rolled back by itself, as when the disk is full.
          if (writer.inTransaction) rollback?.run()
          throw error
        }
      }),
  }
}

const none: readonly never[] = []

function runSteps<Result>(
  steps: Generator<Step, Result, Written<Row>>,
  change: (statement: Statement<Row>, values: readonly Value[]) => Written<Row>,
): Result {
  let step = steps.next()
  while (!step.done) step = steps.next(change(step.value.statement, step.value.values))
  return step.value
}

/** Gives a statement as `connection` has prepared it, once for all calls. */
function preparingOnce(connection: BetterSqlite3.Database) {
  const prepared = new Map<Statement<Row>, Prepared>()

  return (statement: Statement<Row>): Prepared => {
    const known = prepared.get(statement)
    if (known) return known
    const { sql, places } = inOrder(statement)
    // Prisma's adapter has set its connection to give every number as a BigInt.
    const ready = connection.prepare<unknown[]>(sql).safeIntegers(false)
    const made = { ready, places, shape: ready.reader ? shapeOf(ready.raw()) : asItIs }
    prepared.set(statement, made)
    return made
  }
}

const asItIs: Shape = (values) => values

/**
 * Makes rows of one statement. The driver would set each name by a call into V8. The compiled literal takes half of that time.
 * Its text has nothing from a caller: only the names that our statement selects.
 */
function shapeOf(ready: BetterSqlite3.Statement<unknown[]>): Shape {
  const members = ready.columns().map(({ name }, at) => `${JSON.stringify(name)}: values[${at}]`)
  return new Function('values', `return { ${members.join(', ')} }`) as Shape
}

/** Makes `Database.writeAside` of what runs a statement on the thread. */
export function createWriteAside(run: RunAside): Database['writeAside'] {
  return async (statement, values) => {
    const { sql, places } = inOrder(statement)
    const { count, rows } = await run(sql, bind(places, values))
    return { count, rows: rows as NonNullable<typeof statement.result>[] }
  }
}

/** Locks of rows, which SQLite does not have: it has one writer. */
const rowLocks = ' FOR UPDATE SKIP LOCKED'

/** The statement with a question mark for each parameter, without locks of rows, and which value each parameter takes. */
function inOrder({ sql }: Statement<Row>): { readonly sql: string; readonly places: number[] } {
  const places: number[] = []
  const text = sql.replace(rowLocks, '').replaceAll(/\$(\d+)/g, (_, place: string) => {
    places.push(Number(place) - 1)
    return '?'
  })
  return { sql: text, places }
}

function bind(places: readonly number[], values: readonly Value[]): unknown[] {
  return places.map((place) => {
    const value = values[place]
    if (value instanceof Date) return value.getTime()
    return typeof value === 'boolean' ? Number(value) : value
  })
}
