import { passwordFaults } from '../../src/auth/users/password-rules.ts'
import { parseKey } from '../../src/session/key.ts'
import type { Note } from './notes.ts'

/** 96 bits of chance: enough to know a key by, and what remains of one that was cut short. */
export const keyStart = 16

/** What no log line and no answer may hold. */
export interface Secrets {
  /** Session keys, and the sealed cookies of the engine that keeps no record. */
  readonly keys: Set<string>
  readonly passwords: Set<string>
  /** What servers sign and seal with, and what they show to databases and caches. */
  readonly others: Set<string>
}

/** The secrets that a run used, from what was written down. */
export async function collectSecrets(notes: readonly Note[]): Promise<Secrets> {
  const secrets: Secrets = { keys: new Set(), passwords: new Set(), others: new Set() }
  const addPasswords = createJudge(secrets.passwords)
  for (const { kind, text } of notes) {
    if (kind === 'received')
      for (const value of issued(text)) if (value.length >= keyStart) secrets.keys.add(value)
    if (kind === 'sent') {
      for (const value of carried(text)) if (canBeKey(value)) secrets.keys.add(value)
      for (const body of bodies(text)) await addPasswords(readFields(body))
    }
    if (kind === 'password') {
      const password = text.toString()
      await addPasswords({ passwords: [password], usernames: [''] })
    }
    if (kind === 'secret' && isTelling(text.toString())) secrets.others.add(text.toString())
    if (kind === 'print') for (const value of madeUp(text)) secrets.others.add(value)
  }
  return secrets
}

/** The least length of a password, by the server's rules. */
const shortest = 8

/**
 * Whether a word that is found is the secret, and no accident: not where it is shorter than any password, one character
 * over and over, as tests fill long values, or the name of the program, which guesses at passwords try.
 */
function isTelling(word: string): boolean {
  return word.length >= shortest && new Set(word).size > 1 && word !== 'coatcheck'
}

/** The one place where a password is shown, by promise: when the first start makes one up, on the terminal. */
export const welcome =
  /\n {2}First staff user: .*\n {2}Password: {9}(\S+) {3}\(shown only this once\)\n/g

function madeUp(text: Buffer): string[] {
  return [...text.toString().matchAll(welcome)].map(([, password]) => password!)
}

/** The values of cookies that a server sent. */
function issued(text: Buffer): string[] {
  const values = text.toString('latin1').matchAll(/^set-cookie: [^=]+=([^;\r]+)/gim)
  return [...values].map(([, value]) => value!)
}

/** The values of cookies that were sent to a server. */
function carried(text: Buffer): string[] {
  return [...text.toString('latin1').matchAll(/^cookie:(.*)/gim)].flatMap(([, pairs]) =>
    pairs!.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim()),
  )
}

/**
 * Tests send anything as a cookie, public names and cursors too. A key, and what is sealed, has a shape; and chance
 * gives neither fewer than 16 different characters, as a hand does.
 */
function canBeKey(value: string): boolean {
  const isKey = parseKey(value) !== null || /^A[Q-Za-f][\w-]{78,}$/.test(value)
  return isKey && new Set(value).size >= 16
}

/** The JSON of each request of a connection, as far as it is JSON. */
function bodies(text: Buffer): string[] {
  const found = text
    .toString('latin1')
    .matchAll(/\r\n\r\n(\{[^]*?\})(?=$|[A-Z]+ \S+ HTTP\/1\.[01]\r\n)/g)
  return [...found].map(([, body]) => Buffer.from(body!, 'latin1').toString())
}

interface Fields {
  readonly usernames: string[]
  readonly passwords: string[]
}

/** What a request gave to arguments, fields and variables whose names say username or password. */
function readFields(body: string): Fields {
  const { query = '', variables = {} } = parse(body)
  const named = (name: RegExp) => [
    ...literals(query, name),
    ...references(query, name).flatMap((variable) => strings(variables[variable])),
    ...valuesOf(variables, name),
  ]
  return { usernames: named(/username$/i), passwords: named(/password$/i) }
}

function parse(body: string): { query?: string; variables?: Record<string, unknown> } {
  try {
    const { query, variables } = JSON.parse(body) as Record<string, unknown>
    return {
      ...(typeof query === 'string' && { query }),
      ...(typeof variables === 'object' && variables !== null && { variables: { ...variables } }),
    }
  } catch {
    return {}
  }
}

function literals(document: string, name: RegExp): string[] {
  return [...document.matchAll(/\b(\w+)\s*:\s*("(?:[^"\\\n]|\\.)*")/g)]
    .filter(([, field]) => name.test(field!))
    .flatMap(([, , text]) => {
      try {
        return strings(JSON.parse(text!))
      } catch {
        return []
      }
    })
}

function references(document: string, name: RegExp): string[] {
  return [...document.matchAll(/\b(\w+)\s*:\s*\$(\w+)/g)]
    .filter(([, field]) => name.test(field!))
    .map(([, , variable]) => variable!)
}

/** The texts that have such a name, however deep: deeper, where a test is hostile, than a function can call itself. */
function valuesOf(value: unknown, name: RegExp): string[] {
  const found: string[] = []
  const left = [value]
  for (const outer of left) {
    if (typeof outer !== 'object' || outer === null) continue
    for (const [key, inner] of Object.entries(outer)) {
      if (name.test(key)) found.push(...strings(inner))
      left.push(inner)
    }
  }
  return found
}

function strings(value: unknown): string[] {
  return typeof value === 'string' ? [value] : []
}

/**
 * Adds to `found` what the rules accept: passwords that they refuse belong to no user, short or endless ones, the username, and
 * the most common. Tests send the same few of these again and again, so each is judged once.
 */
function createJudge(found: Set<string>): (fields: Fields) => Promise<void> {
  const refused = new Set<string>()

  return async ({ usernames, passwords }) => {
    for (const password of passwords) {
      if (found.has(password) || !isTelling(password)) continue
      const attempt = JSON.stringify([password, ...usernames])
      if (refused.has(attempt)) continue
      const faults = await Promise.all(
        ['', ...usernames].map((username) =>
          passwordFaults({ username, password, minLength: shortest }),
        ),
      )
      if (faults.flat().length === 0) found.add(password)
      else refused.add(attempt)
    }
  }
}
