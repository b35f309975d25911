// Writes schema.graphql from the code. Usage: npm run print-schema
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../dist/coat.js'

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-schema-'))
const coat = await createApp({ settings: { databaseUrl: `file:${join(folder, 'empty.db')}` } })
writeFileSync('schema.graphql', coat.printSchema())
await coat.close()
rmSync(folder, { recursive: true })
