import { readFile } from 'node:fs/promises'
import { readDjangoUser } from '../auth/django-user.ts'
import { insertUser, UsernameTaken } from '../auth/user.ts'
import type { Database } from '../database/database.ts'
import { withApp } from './run.ts'
import { visible } from './table.ts'
import { CommandError, print } from './terminal.ts'

/** What became of a dump. */
export interface ImportOutcome {
  imported: number
  /** Users whose name is taken here already. They stay as they are. */
  existing: number
  /** Entries of other models, such as groups. */
  others: number
  /** A sentence for every user that could not be imported. */
  readonly faults: string[]
}

/** `coatcheck import-django`: makes the users of `manage.py dumpdata auth.user` users of ours. They keep their passwords. */
export async function importDjango(path: string): Promise<void> {
  const dump = await readFile(path, 'utf8')
  await withApp(async ({ db }) => {
    const { imported, existing, others, faults } = await importUsers(db, dump)
    const users = `${imported} ${imported === 1 ? 'user' : 'users'}`
    print(`Imported ${users}. ${existing} existed already.`)
    if (others > 0) print(`Passed over ${others} that are no auth.user.`)
    if (faults.length > 0) throw new CommandError(faults.join('\n'))
  })
}

/** Imports what can be, each user whole or not at all, so that a dump may be imported again. Throws a sentence for no dump. */
export async function importUsers(db: Database, dump: string): Promise<ImportOutcome> {
  const outcome: ImportOutcome = { imported: 0, existing: 0, others: 0, faults: [] }
  for (const [at, entry] of entriesOf(dump).entries()) {
    if (!isUser(entry)) {
      outcome.others++
      continue
    }
    const read = readDjangoUser(entry.fields)
    if ('faults' in read) {
      const name = read.username === null ? '' : ` (${visible(read.username.slice(0, 150))})`
      outcome.faults.push(`Entry ${at + 1}${name}: ${read.faults.join(' ')}`)
    } else {
      await add(db, read.user, outcome)
    }
  }
  return outcome
}

async function add(
  db: Database,
  user: Parameters<typeof insertUser>[1],
  outcome: ImportOutcome,
): Promise<void> {
  try {
    await insertUser(db, user)
    outcome.imported++
  } catch (error) {
    if (!(error instanceof UsernameTaken)) throw error
    outcome.existing++
  }
}

function entriesOf(dump: string): unknown[] {
  let value: unknown
  try {
    value = JSON.parse(dump)
  } catch {
    value = null // SyntaxError: said below
  }
  if (!Array.isArray(value))
    throw new CommandError(
      'This is no dump of Django. Make one with "manage.py dumpdata auth.user".',
    )
  return value
}

function isUser(entry: unknown): entry is { readonly fields: unknown } {
  return (entry as { model?: unknown } | null)?.model === 'auth.user'
}
