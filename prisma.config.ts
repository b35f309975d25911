import { defineConfig } from 'prisma/config'

// `generate` and `validate` need no schema engine, but the command line would download one first.
if (process.argv.some((word) => ['generate', 'validate', 'format'].includes(word))) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath
}

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations/sqlite' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'file:./data/coatcheck.db' },
})
