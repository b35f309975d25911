import { AddressTaken, Refusal, UsernameTaken } from '../../refusals.ts'
import type { Database } from '../../database/database.ts'
import { countModels, readDump, userModels } from './django-dump.ts'
import type { DumpEntry } from './django-dump.ts'
import { readDjangoUser } from './django-user.ts'
import { insertUser } from '../users/new-user.ts'
import type { AccountRules, UserColumns } from '../users/new-user.ts'
import type { User } from '../users/user.ts'

/** The file is no dump of users. The message quotes names from it as they are. */
class NoDump extends Refusal {
  constructor(message: string) {
    super('NO_DUMP', message)
  }
}

/** The outcome of an import. */
export interface ImportOutcome {
  /** The model whose entries it took for users. */
  readonly model: string
  imported: number
  /** Users whose name is taken here already. They stay as they are. */
  existing: number
  /** Entries of other models, such as groups. */
  others: number
  /** A sentence for every user that it could not import. */
  readonly faults: string[]
}

/** How to import a dump. */
export interface ImportOptions {
  /** The model of the users; left out: `auth.user`, or the only one that looks like it. */
  readonly model?: string
  readonly rules?: AccountRules | undefined
  /**
   * Called with the number of users before the first import. The function it returns is then called with how many are done.
   */
  watch?(users: number): Promise<(done: number) => void>
  /** Called with each new user, and the model that they came from, before the next import. */
  readonly made?: ((user: User, model: string) => Promise<void>) | undefined
}

/**
 * Imports what it can, each user whole or not at all, so that an operator may import a dump again. The oldest come first: of
 * several with one address the oldest holds it. Throws `NoDump` for text that is no dump, or has no users.
 */
export async function importUsers(
  db: Database,
  dump: Buffer,
  { model: given, rules, watch, made }: ImportOptions = {},
): Promise<ImportOutcome> {
  const entries = readDump(dump)
  if (entries === null)
    throw new NoDump('This is no dump of Django. Make one with "manage.py dumpdata auth.user".')
  const model = given?.toLowerCase() ?? modelOf(entries)
  const outcome: ImportOutcome = { model, imported: 0, existing: 0, others: 0, faults: [] }
  const faults = new Map<number, string>()
  const users: { readonly at: number; readonly user: UserColumns }[] = []
  for (const [at, entry] of entries.entries()) {
    const read = entry.model === model ? readDjangoUser(entry.fields) : null
    if (read === null) outcome.others++
    else if ('user' in read) users.push({ at, user: read.user })
    else faults.set(at, faultAt(at, read.username, read.faults.join(' ')))
  }
  if (outcome.others === entries.length) throw noUsers(model, entries)
  users.sort((a, b) => ageOf(a.user) - ageOf(b.user))
  const tell = await watch?.(users.length)
  for (const [done, { at, user }] of users.entries()) {
    const fault = await add(db, user, { rules, made }, outcome)
    if (fault !== null) faults.set(at, faultAt(at, user.username, `email: ${fault}`))
    tell?.(done + 1)
  }
  outcome.faults.push(...[...faults].sort(([a], [b]) => a - b).map(([, fault]) => fault))
  return outcome
}

function ageOf({ dateJoined }: UserColumns): number {
  return dateJoined?.getTime() ?? Infinity
}

/** Adds the account. Returns what is wrong with its address, or null. */
async function add(
  db: Database,
  user: UserColumns,
  { rules, made }: Pick<ImportOptions, 'rules' | 'made'>,
  outcome: ImportOutcome,
): Promise<string | null> {
  let added: User
  try {
    added = await insertUser(db, user, rules)
  } catch (error) {
    if (error instanceof AddressTaken) return error.message
    if (!(error instanceof UsernameTaken)) throw error
    outcome.existing++
    return null
  }
  outcome.imported++
  await made?.(added, outcome.model)
  return null
}

function modelOf(entries: readonly DumpEntry[]): string {
  const [model = 'auth.user', another] = userModels(entries)
  if (another === undefined) return model
  throw new NoDump(
    `Several models look like users: ${countModels(entries)}. Choose one with --model.`,
  )
}

function noUsers(model: string, entries: readonly DumpEntry[]): NoDump {
  const found = entries.length === 0 ? 'nothing' : countModels(entries).slice(0, 500)
  return new NoDump(
    `Nothing was imported: there is no ${model} in the dump, but ${found}. --model says which are the users.`,
  )
}

function faultAt(at: number, username: string | null, what: string): string {
  const name = username === null ? '' : ` (${username.slice(0, 150)})`
  return `Entry ${at + 1}${name}: ${what}`
}
