// Writes the next migration: what turns the database that the migrations so far make into what schema.prisma says.
// Uses the schema engine as WebAssembly, so that nothing is downloaded. Usage: npm run make-migration -- <name>
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'

const name = process.argv[2]
if (!/^[a-z0-9_]+$/.test(name ?? '')) {
  console.error('Usage: npm run make-migration -- <name in lower case and _>')
  process.exit(2)
}
const folder = 'prisma/migrations/sqlite'
const schema = readFileSync('prisma/schema.prisma', 'utf8')
const engine = await openEngine(schema)
const { stdout } = await engine.diff({
  from: { tag: 'migrations', ...migrationList() },
  to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
  script: true,
  shadowDatabaseUrl: null,
  exitCode: null,
  filters: { externalTables: [], externalEnums: [] },
})
if (!stdout || /^\s*-- This is an empty migration/.test(stdout)) {
  console.log('No change.')
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const path = join(folder, `${stamp}_${name}`)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'migration.sql'), stdout)
  writeFileSync(join(folder, 'migration_lock.toml'), 'provider = "sqlite"\n')
  console.log(path)
}

function migrationList() {
  mkdirSync(folder, { recursive: true })
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  const migrationDirectories = names.map((path) => ({
    path,
    migrationFile: {
      path: 'migration.sql',
      content: { tag: 'ok', value: readFileSync(join(folder, path, 'migration.sql'), 'utf8') },
    },
  }))
  const lockfile = { path: 'migration_lock.toml', content: 'provider = "sqlite"\n' }
  return { baseDir: folder, lockfile, shadowDbInitScript: '', migrationDirectories }
}

async function openEngine(text) {
  // By path: the package exports no way in.
  const root = resolve('node_modules/@prisma/schema-engine-wasm')
  const engineModule = await import(pathToFileURL(join(root, 'schema_engine_bg.js')).href)
  const bytes = readFileSync(join(root, 'schema_engine_bg.wasm'))
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    './schema_engine_bg.js': engineModule,
  })
  engineModule.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const adapter = new PrismaBetterSqlite3({ url: ':memory:' })
  return engineModule.SchemaEngine.new(
    { datamodels: [['schema.prisma', text]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  )
}
