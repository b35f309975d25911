import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../src/database/database.ts'

const source = 'prisma/migrations/sqlite'
const names = readdirSync(source, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()

/** A model that the schema does not have. */
const coat = '\nmodel Coat {\n  id     String @id\n  colour String\n}\n'

/** Prisma's own table, as Prisma makes it. */
const bookkeeping = `CREATE TABLE "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "checksum" TEXT NOT NULL,
  "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL,
  "logs" TEXT,
  "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
)`

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'coatcheck-migrations-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A folder that nothing else uses. */
const newFolder = () => mkdtempSync(join(root, 'f-'))
const newDatabase = () => join(newFolder(), 'test.db')
const migrate = (path: string) => databaseKind(`file:${path}`).migrate(`file:${path}`)

/** The rows that `sql` finds, in the order of the names of their columns. */
function query(path: string, sql: string): Record<string, unknown>[] {
  const db = new BetterSqlite3(path)
  try {
    return db.prepare<[], Record<string, unknown>>(sql).all()
  } finally {
    db.close()
  }
}

function execute(path: string, sql: string): void {
  const db = new BetterSqlite3(path)
  try {
    db.exec(sql)
  } finally {
    db.close()
  }
}

const tablesOf = (path: string) =>
  query(path, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).map(
    ({ name }) => name,
  )

/** Every table of a database: its columns, foreign keys and indexes, whatever order they were made in. */
function shapeOf(path: string) {
  const sorted = (sql: string) =>
    query(path, sql)
      .map((row) => JSON.stringify(row))
      .sort()
  return Object.fromEntries(
    tablesOf(path).map((table) => [
      table,
      {
        columns: sorted(
          `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${table}')`,
        ),
        keys: sorted(
          `SELECT "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list('${table}')`,
        ),
        indexes: sorted(
          `SELECT list."unique", group_concat(info.name) AS columns
           FROM pragma_index_list('${table}') AS list, pragma_index_info(list.name) AS info
           GROUP BY list.name`,
        ),
      },
    ]),
  )
}

describe('migrate', () => {
  test('migrate names what it applied, in order, and applies nothing the second time', async () => {
    const path = newDatabase()
    expect(await migrate(path)).toEqual(names)
    expect(names.length).toBeGreaterThan(0)
    const before = query(path, 'SELECT * FROM _prisma_migrations')
    expect(await migrate(path)).toEqual([])
    expect(query(path, 'SELECT * FROM _prisma_migrations')).toEqual(before)
  })

  test('migrate makes the tables of the schema, and one of Prisma', async () => {
    const path = newDatabase()
    await migrate(path)
    const models = [...readFileSync('prisma/schema.prisma', 'utf8').matchAll(/^model (\w+)/gm)]
    const expected = [...models.map(([, name]) => name), '_prisma_migrations'].sort()
    expect(tablesOf(path)).toEqual(expected)
  })

  test('migrate leaves stored rows as they are', async () => {
    const path = newDatabase()
    await migrate(path)
    query(path, `INSERT INTO AuditEvent (id, type) VALUES ('1', 'LOGIN') RETURNING id`)
    await migrate(path)
    expect(query(path, 'SELECT id, type FROM AuditEvent')).toEqual([{ id: '1', type: 'LOGIN' }])
  })

  test('migrate makes the folders that lead to a new database', async () => {
    const path = join(newFolder(), 'deep', 'er', 'test.db')
    expect(await migrate(path)).toEqual(names)
    expect(tablesOf(path)).toContain('User')
  })
})

describe('the bookkeeping of Prisma', () => {
  test('the table of applied migrations has the columns that Prisma gives it', async () => {
    const [ours, theirs] = [newDatabase(), newDatabase()]
    await migrate(ours)
    execute(theirs, bookkeeping)
    const columns = `PRAGMA table_info('_prisma_migrations')`
    expect(query(ours, columns)).toHaveLength(8)
    expect(query(ours, columns)).toEqual(query(theirs, columns))
  })

  test('the table of applied migrations has a row for each, with the SHA-256 of its file as checksum', async () => {
    const path = newDatabase()
    const began = Date.now()
    await migrate(path)
    const rows = query(path, 'SELECT * FROM _prisma_migrations ORDER BY migration_name')
    expect(rows).toEqual(
      names.map((name) => ({
        id: expect.stringMatching(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/),
        checksum: createHash('sha256')
          .update(readFileSync(join(source, name, 'migration.sql')))
          .digest('hex'),
        migration_name: name,
        started_at: expect.any(Number),
        finished_at: expect.any(Number),
        logs: null,
        rolled_back_at: null,
        applied_steps_count: 1,
      })),
    )
    for (const { started_at: started, finished_at: finished } of rows) {
      expect(Number(started)).toBeGreaterThanOrEqual(began)
      expect(Number(finished)).toBeGreaterThanOrEqual(Number(started))
    }
  })

  test('Prisma finds nothing to apply, nothing edited and nothing failed after migrate', async () => {
    const path = newDatabase()
    await migrate(path)
    expect(historyOf(path)).toEqual({ history: null, edited: [], failed: [] })
  })

  test('Prisma finds a migration that was edited, and one that is missing', async () => {
    const path = newDatabase()
    await migrate(path)
    query(path, `UPDATE _prisma_migrations SET checksum = 'another' RETURNING id`)
    expect(historyOf(path)).toMatchObject({ history: null, edited: names })
    query(path, 'DELETE FROM _prisma_migrations RETURNING id')
    expect(historyOf(path)).toMatchObject({
      history: { diagnostic: 'databaseIsBehind', unappliedMigrationNames: names },
      edited: [],
    })
  })
})

test('the migrations together make the tables, keys and indexes that schema.prisma says', async () => {
  const [migrated, generated] = [newDatabase(), newDatabase()]
  await migrate(migrated)
  execute(migrated, 'DROP TABLE _prisma_migrations')
  execute(generated, sqlOfSchema())
  expect(Object.keys(shapeOf(generated))).toContain('User')
  expect(shapeOf(migrated)).toEqual(shapeOf(generated))
})

describe('a migration that was edited after it was applied', () => {
  test('migrate refuses by name a migration that was edited after it was applied, and changes nothing', async () => {
    const program = copyProgram()
    const path = join(program, 'test.db')
    expect(run(program)).toMatchObject({ status: 0 })
    const before = query(path, 'SELECT * FROM _prisma_migrations')
    writeMigration(program, '29990101000000_later', 'CREATE TABLE Later (id TEXT);')
    appendFileSync(join(program, source, names[0]!, 'migration.sql'), '-- an afterthought\n')
    const { status, stdout, stderr } = run(program)
    expect([status, stdout]).toEqual([4, ''])
    expect(stderr).toBe(
      `The migration ${names[0]} was changed after this database had applied it.\n`,
    )
    expect(query(path, 'SELECT * FROM _prisma_migrations')).toEqual(before)
    expect(tablesOf(path)).not.toContain('Later')
  })

  test('migrate refuses an applied migration whose white space alone was edited', () => {
    const program = copyProgram()
    run(program)
    appendFileSync(join(program, source, names[0]!, 'migration.sql'), '\n')
    expect(run(program).status).toBe(4)
  })

  test('an edited migration is applied to a database that has not applied it yet', () => {
    const program = copyProgram()
    appendFileSync(join(program, source, names[0]!, 'migration.sql'), '-- an afterthought\n')
    expect(run(program)).toMatchObject({ status: 0, stderr: '' })
  })

  test('migrate applies an edited migration again where Prisma has rolled it back', async () => {
    const program = copyProgram()
    writeMigration(program, '29990101000000_later', 'CREATE TABLE Later (id TEXT);')
    run(program)
    const path = join(program, 'test.db')
    query(
      path,
      `UPDATE _prisma_migrations SET rolled_back_at = 1 WHERE migration_name LIKE '%_later' RETURNING id`,
    )
    execute(path, 'DROP TABLE Later')
    writeMigration(program, '29990101000000_later', 'CREATE TABLE Later (id INTEGER);')
    expect(run(program).stdout).toBe('Applied 29990101000000_later.\n')
    expect(tablesOf(path)).toContain('Later')
  })
})

describe('a new migration', () => {
  test('migrate applies a new migration alone to a database that has the others', () => {
    const program = copyProgram()
    run(program)
    writeMigration(program, '29990101000000_later', 'CREATE TABLE Later (id TEXT);')
    expect(run(program).stdout).toBe('Applied 29990101000000_later.\n')
    expect(run(program).stdout).toBe('The database is up to date.\n')
  })

  test('migrate applies new migrations in the order of their names, whichever was written first', () => {
    const program = copyProgram()
    writeMigration(program, '29990101000002_b', 'INSERT INTO Later VALUES (1);')
    writeMigration(program, '29990101000001_a', 'CREATE TABLE Later (id INTEGER);')
    const applied = [...names, '29990101000001_a', '29990101000002_b']
    expect(run(program).stdout).toBe(applied.map((name) => `Applied ${name}.\n`).join(''))
    expect(query(join(program, 'test.db'), 'SELECT id FROM Later')).toEqual([{ id: 1 }])
  })

  test('a migration that fails takes back all that was applied with it', () => {
    const program = copyProgram()
    const path = join(program, 'test.db')
    run(program)
    const before = tablesOf(path)
    writeMigration(program, '29990101000001_good', 'CREATE TABLE Good (id TEXT);')
    writeMigration(program, '29990101000002_bad', 'CREATE TABLE Half (id TEXT); CREATE TABEL Bad;')
    const { status, stdout, stderr } = run(program)
    expect([status, stdout]).toEqual([4, ''])
    expect(stderr).toContain('TABEL')
    expect(tablesOf(path)).toEqual(before)
    expect(query(path, 'SELECT COUNT(*) AS count FROM _prisma_migrations')).toEqual([
      { count: names.length },
    ])
  })
})

describe('processes that start together take turns: one applies, the others have nothing to do', () => {
  test.each<[string, (path: string) => void]>([
    ['on a new database', () => {}],
    [
      // As a server leaves it that was stopped before it could migrate: no process waits to make the table, so all read at once.
      'on one that is open already and has none of the migrations',
      (path) => execute(path, `PRAGMA journal_mode = WAL; ${bookkeeping}`),
    ],
  ])(
    'one of the processes that start together applies the migrations, %s',
    async (_what, prepare) => {
      for (let round = 0; round < 3; round++) {
        const path = newDatabase()
        prepare(path)
        const racers = await Promise.all(Array.from({ length: 4 }, startRacer))
        const answers = await Promise.all(racers.map((race) => race(`file:${path}`)))
        expect(answers.map((answer) => answer.join()).sort()).toEqual(['', '', '', names.join()])
        expect(query(path, 'SELECT migration_name AS name FROM _prisma_migrations')).toEqual(
          names.map((name) => ({ name })),
        )
      }
    },
  )
})

describe('make-migration', () => {
  test('make-migration says that there is no change where schema.prisma is as the last migration left it', () => {
    const folder = copyProject()
    const before = readdirSync(folder, { recursive: true })
    expect(makeMigration(folder, 'nothing')).toMatchObject({ status: 0, stdout: 'No change.\n' })
    expect(readdirSync(folder, { recursive: true })).toEqual(before)
  })

  test('make-migration writes what changed, for every database, and then there is no change again', () => {
    const folder = copyProject()
    appendFileSync(join(folder, 'prisma/schema.prisma'), coat)
    const { status, stdout } = makeMigration(folder, 'coats')
    expect(status).toBe(0)
    const paths = stdout.trim().split('\n')
    expect(paths.map((path) => path.replace(/\d{14}/, '*')).sort()).toEqual([
      'prisma/migrations/postgresql/*_coats',
      'prisma/migrations/sqlite/*_coats',
    ])
    for (const path of paths) {
      const sql = readFileSync(join(folder, path, 'migration.sql'), 'utf8')
      expect(sql).toContain('CREATE TABLE "Coat"')
      expect(sql).not.toContain('CREATE TABLE "User"')
    }
    expect(makeMigration(folder, 'again').stdout).toBe('No change.\n')
  })

  test.each([[], ['With-Capitals'], ['../escape']])(
    'make-migration refuses the name %j',
    (...words) => {
      const folder = copyProject()
      const before = readdirSync(folder, { recursive: true })
      const { status, stderr } = makeMigration(folder, ...words)
      expect([status, stderr]).toEqual([2, expect.stringContaining('Usage:')])
      expect(readdirSync(folder, { recursive: true })).toEqual(before)
    },
  )
})

/** A folder with the schema and its migrations, so that nothing is written to ours. */
function copyProject(): string {
  const folder = newFolder()
  cpSync('prisma', join(folder, 'prisma'), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  return folder
}

/** The built program with migrations of its own. */
function copyProgram(): string {
  const folder = copyProject()
  cpSync('dist', join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "version": "0.0.0" }')
  return folder
}

function writeMigration(folder: string, name: string, sql: string): void {
  mkdirSync(join(folder, source, name), { recursive: true })
  writeFileSync(join(folder, source, name, 'migration.sql'), sql)
}

/** Runs `coatcheck migrate` of the copy in `folder`, on a database in it. */
function run(folder: string) {
  const { PATH } = process.env
  return spawnSync(process.execPath, [join(folder, 'dist/main.js'), 'migrate'], {
    cwd: folder,
    env: { PATH, DATABASE_URL: 'file:./test.db' } as NodeJS.ProcessEnv,
    encoding: 'utf8',
  })
}

function makeMigration(folder: string, ...words: string[]) {
  const script = resolve('scripts/make-migration.mjs')
  return spawnSync(process.execPath, [script, ...words], { cwd: folder, encoding: 'utf8' })
}

/** A process that has everything loaded and waits for the word. It answers with what it applied, or with what went wrong. */
async function startRacer(): Promise<(url: string) => Promise<string[]>> {
  const module = pathToFileURL(resolve('dist/database/database.js')).href
  const script = `
    import { databaseKind } from ${JSON.stringify(module)}
    process.once('message', async (url) => {
      process.send(await databaseKind(url).migrate(url).catch((error) => [error.message]))
      process.disconnect()
    })
    process.send('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  return async (url) => {
    const answer = once(child, 'message')
    child.send(url)
    const [applied] = (await answer) as [string[]]
    return applied
  }
}

/** What Prisma's schema engine says of the database at `path`. */
const historyOf = (path: string) =>
  askPrisma(
    `file:${path}`,
    `const found = await engine.diagnoseMigrationHistory({
      migrationsList: migrations,
      optInToShadowDatabase: false,
      filters,
    })
    const { history, editedMigrationNames: edited, failedMigrationNames: failed } = found
    answer = { history, edited, failed }`,
  )

/** The SQL that makes an empty database into what schema.prisma says. */
const sqlOfSchema = () =>
  askPrisma(
    ':memory:',
    `const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      shadowDatabaseUrl: null,
      exitCode: null,
      filters,
    })
    answer = stdout`,
  ) as string

/** Asks the engine in a process of its own, as scripts/make-migration.mjs does. */
function askPrisma(url: string, question: string): unknown {
  const script = `
    import { readFileSync } from 'node:fs'
    import { resolve } from 'node:path'
    import { pathToFileURL } from 'node:url'
    import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
    import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'

    const [url, names] = JSON.parse(process.argv[1])
    const root = resolve('node_modules/@prisma/schema-engine-wasm')
    const engineModule = await import(pathToFileURL(root + '/schema_engine_bg.js').href)
    const compiled = new WebAssembly.Module(readFileSync(root + '/schema_engine_bg.wasm'))
    const instance = new WebAssembly.Instance(compiled, { './schema_engine_bg.js': engineModule })
    engineModule.__wbg_set_wasm(instance.exports)
    instance.exports.__wbindgen_start()
    const schema = readFileSync('prisma/schema.prisma', 'utf8')
    const engine = await engineModule.SchemaEngine.new(
      { datamodels: [['schema.prisma', schema]] },
      () => {},
      bindMigrationAwareSqlAdapterFactory(new PrismaBetterSqlite3({ url })),
    )
    const read = (name) => readFileSync('${source}/' + name + '/migration.sql', 'utf8')
    const migrations = {
      baseDir: '${source}',
      lockfile: { path: 'migration_lock.toml', content: 'provider = "sqlite"' },
      shadowDbInitScript: '',
      migrationDirectories: names.map((name) => ({
        path: name,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: read(name) } },
      })),
    }
    const filters = { externalTables: [], externalEnums: [] }
    let answer
    ${question}
    console.log(JSON.stringify(answer))`
  const words = ['--input-type=module', '-e', script, JSON.stringify([url, names])]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  if (stderr !== '') throw new Error(stderr)
  return JSON.parse(stdout)
}
