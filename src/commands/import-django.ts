import { readFile } from 'node:fs/promises'
import { accountRulesFor } from '../auth/logins/backends.ts'
import { countModels, readDump, userModels } from '../auth/users/django-dump.ts'
import type { DumpEntry } from '../auth/users/django-dump.ts'
import { readDjangoUser } from '../auth/users/django-user.ts'
import { insertUser } from '../auth/users/user.ts'
import type { AccountRules, UserColumns } from '../auth/users/user.ts'
import type { Database } from '../database/database.ts'
import { withApp } from './run.ts'
import { visible } from './table.ts'
import { CommandError, print } from './terminal.ts'
import { AddressTaken, UsernameTaken } from '../refusals.ts'

/** What became of a dump. */
export interface ImportOutcome {
  /** The model that was taken for that of the users. */
  readonly model: string
  imported: number
  /** Users whose name is taken here already. They stay as they are. */
  existing: number
  /** Entries of other models, such as groups. */
  others: number
  /** A sentence for every user that could not be imported. */
  readonly faults: string[]
}

/** How a dump is imported. */
export interface ImportOptions {
  /** The model of the users; left out: `auth.user`, or the only one that looks like it. */
  readonly model?: string
  readonly rules?: AccountRules
}

/**
 * `coatcheck import-django`: makes the users of `manage.py dumpdata auth.user` users of ours. They keep their passwords.
 * Fails where an entry was bad, and where there was no user in the dump.
 */
export async function importDjango(path: string, options: { model?: string }): Promise<void> {
  const dump = await readFile(path)
  await withApp(async ({ db }, { backends }) => {
    const rules = accountRulesFor(backends)
    const outcome = await importUsers(db, dump, { ...options, rules })
    const { model, imported, existing, others, faults } = outcome
    const users = `${imported} ${imported === 1 ? 'user' : 'users'}`
    print(`Imported ${users}. ${existing} existed already.`)
    if (others > 0) print(`Passed over ${others} that are no ${visible(model)}.`)
    if (faults.length > 0) throw new CommandError(faults.join('\n'))
  })
}

/**
 * Imports what can be, each user whole or not at all, so that a dump may be imported again. The oldest come first: of
 * several with one address the oldest holds it. Throws a sentence for no dump, and for one without users.
 */
export async function importUsers(
  db: Database,
  dump: Buffer,
  { model: given, rules }: ImportOptions = {},
): Promise<ImportOutcome> {
  const entries = readDump(dump)
  if (entries === null)
    throw new CommandError(
      'This is no dump of Django. Make one with "manage.py dumpdata auth.user".',
    )
  const model = given?.toLowerCase() ?? modelOf(entries)
  const outcome: ImportOutcome = { model, imported: 0, existing: 0, others: 0, faults: [] }
  const faults = new Map<number, string>()
  const users: { readonly at: number; readonly user: UserColumns }[] = []
  for (const [at, entry] of entries.entries()) {
    const read = entry.model === model ? readDjangoUser(entry.fields) : null
    if (read === null) outcome.others++
    else if ('user' in read) users.push({ at, user: read.user })
    else faults.set(at, faultOf(at, read.username, read.faults.join(' ')))
  }
  if (outcome.others === entries.length) throw noUsers(model, entries)
  users.sort((a, b) => ageOf(a.user) - ageOf(b.user))
  for (const { at, user } of users) {
    const fault = await add(db, user, rules, outcome)
    if (fault !== null) faults.set(at, faultOf(at, user.username, `email: ${fault}`))
  }
  outcome.faults.push(...[...faults].sort(([a], [b]) => a - b).map(([, fault]) => fault))
  return outcome
}

function ageOf({ dateJoined }: UserColumns): number {
  return dateJoined?.getTime() ?? Infinity
}

/** Null, or what is wrong with the address. */
async function add(
  db: Database,
  user: UserColumns,
  rules: AccountRules | undefined,
  outcome: ImportOutcome,
): Promise<string | null> {
  try {
    await insertUser(db, user, rules)
    outcome.imported++
  } catch (error) {
    if (error instanceof AddressTaken) return error.message
    if (!(error instanceof UsernameTaken)) throw error
    outcome.existing++
  }
  return null
}

function modelOf(entries: readonly DumpEntry[]): string {
  const [model = 'auth.user', another] = userModels(entries)
  if (another === undefined) return model
  throw new CommandError(
    `Several models look like users: ${visible(countModels(entries))}. Choose one with --model.`,
  )
}

function noUsers(model: string, entries: readonly DumpEntry[]): CommandError {
  const found = entries.length === 0 ? 'nothing' : visible(countModels(entries).slice(0, 500))
  return new CommandError(
    `Nothing was imported: there is no ${visible(model)} in the dump, but ${found}. --model says which are the users.`,
  )
}

function faultOf(at: number, username: string | null, what: string): string {
  const name = username === null ? '' : ` (${visible(username.slice(0, 150))})`
  return `Entry ${at + 1}${name}: ${what}`
}
