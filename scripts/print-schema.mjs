// Writes schema.graphql from the code. Usage: npm run print-schema
import { writeFileSync } from 'node:fs'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from '../dist/graphql/schema.js'

writeFileSync('schema.graphql', `${printSchema(lexicographicSortSchema(schema))}\n`)
