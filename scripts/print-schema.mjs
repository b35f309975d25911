// Writes schema.graphql from the code. Usage: npm run print-schema
import { writeFileSync } from 'node:fs'
import { featuresOf } from '../dist/features/features.js'
import { createSchema, printSchema } from '../dist/graphql/schema.js'

writeFileSync('schema.graphql', printSchema(await createSchema(featuresOf({}))))
