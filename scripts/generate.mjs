// Generates the Prisma clients: one for SQLite, one for PostgreSQL, from one schema. Usage: npm run generate
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { schemaFor } from './schemas.mjs'

mkdirSync('src/generated', { recursive: true })
const postgresql = 'src/generated/postgresql.prisma'
writeFileSync(postgresql, schemaFor('postgresql', undefined, './prisma-postgresql'))
for (const schema of ['prisma/schema.prisma', postgresql]) {
  const words = ['node_modules/prisma/build/index.js', 'generate', '--no-hints', '--schema', schema]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  if (status === 0) continue
  process.stderr.write(stdout + stderr)
  process.exit(1)
}
