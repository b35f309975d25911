// schema.prisma is written for SQLite; this is the same schema for either database.
import { readFileSync } from 'node:fs'

/** The databases that there are migrations and a client for. */
export const providers = ['sqlite', 'postgresql']

/** `text`, a schema.prisma, for `provider`; its client goes to `output` where that is given. */
export function schemaFor(provider, text = readFileSync('prisma/schema.prisma', 'utf8'), output) {
  const schema = text.replace('provider = "sqlite"', `provider = "${provider}"`)
  return output ? schema.replace(/output( +)= "[^"]+"/, `output$1= "${output}"`) : schema
}
