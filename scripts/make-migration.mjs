// Writes the next migration for each database: what turns the schema of the last one into what schema.prisma says now.
// Uses the schema engine as WebAssembly, and no database, so that nothing is downloaded or installed.
// Usage: npm run make-migration -- <name>
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { providers, schemaFor } from './schemas.mjs'

const name = process.argv[2]
if (!/^[a-z0-9_]+$/.test(name ?? '')) {
  console.error('Usage: npm run make-migration -- <name in lower case and _>')
  process.exit(2)
}
/** schema.prisma as it was when the last migration was made. */
const snapshot = 'prisma/migrations/schema.prisma'
const now = readFileSync('prisma/schema.prisma', 'utf8')
const before = existsSync(snapshot) ? readFileSync(snapshot, 'utf8') : null
const adapters = {
  sqlite: new PrismaBetterSqlite3({ url: ':memory:' }),
  postgresql: emptyServer(),
}

if (before === now) {
  console.log('No change.')
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  for (const provider of providers) {
    const folder = join('prisma/migrations', provider)
    const path = join(folder, `${stamp}_${name}`)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'migration.sql'), await difference(provider))
    writeFileSync(join(folder, 'migration_lock.toml'), `provider = "${provider}"\n`)
    console.log(path)
  }
  writeFileSync(snapshot, now)
}

async function difference(provider) {
  const engine = await openEngine(provider)
  const datamodel = (text) => ({
    tag: 'schemaDatamodel',
    files: [{ path: 'schema.prisma', content: schemaFor(provider, text) }],
  })
  const { stdout } = await engine.diff({
    from: before === null ? { tag: 'empty' } : datamodel(before),
    to: datamodel(now),
    script: true,
    shadowDatabaseUrl: null,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  return stdout
}

async function openEngine(provider) {
  // By path: the package exports no way in.
  const root = resolve('node_modules/@prisma/schema-engine-wasm')
  // The module keeps one engine: each provider gets a copy of it.
  const href = `${pathToFileURL(join(root, 'schema_engine_bg.js')).href}?${provider}`
  const engineModule = await import(href)
  const bytes = readFileSync(join(root, 'schema_engine_bg.wasm'))
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    './schema_engine_bg.js': engineModule,
  })
  engineModule.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return engineModule.SchemaEngine.new(
    { datamodels: [['schema.prisma', schemaFor(provider, now)]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapters[provider]),
  )
}

/** The engine connects before it compares two schemas, and then asks nothing that matters: a server is not needed. */
function emptyServer() {
  const connection = {
    provider: 'postgres',
    adapterName: 'empty-server',
    queryRaw: async () => ({ columnNames: [], columnTypes: [], rows: [] }),
    executeRaw: async () => 0,
    executeScript: async () => {},
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: false }),
    dispose: async () => {},
  }
  const connect = async () => connection
  return { ...connection, connect, connectToShadowDb: connect }
}
