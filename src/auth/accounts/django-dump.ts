import { readDjangoUser } from './django-user.ts'

/** An object of a Django dump: `manage.py dumpdata` writes a list of them. */
export interface DumpEntry {
  /** For example `auth.user`; null where the entry names none. */
  readonly model: string | null
  readonly fields: unknown
}

/**
 * The entries of a dump: JSON in UTF-8, or in UTF-16, which `>` of PowerShell writes, with or without a byte order mark. Null
 * where it is not a list.
 */
export function readDump(bytes: Buffer): DumpEntry[] | null {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes))
  } catch {
    value = null // SyntaxError, or a TypeError where the bytes are no text
  }
  return Array.isArray(value) ? value.map(entryOf) : null
}

/** JSON begins with two ASCII characters, so a zero among the first two bytes means UTF-16 (RFC 4627). */
function encodingOf([first, second]: Buffer): string {
  if ((first === 0xff && second === 0xfe) || second === 0) return 'utf-16le'
  return (first === 0xfe && second === 0xff) || first === 0 ? 'utf-16be' : 'utf-8'
}

function entryOf(value: unknown): DumpEntry {
  const { model, fields } = (value ?? {}) as { model?: unknown; fields?: unknown }
  return { model: typeof model === 'string' ? model.toLowerCase() : null, fields }
}

/** The model of Django's own users. */
const usual = 'auth.user'

/**
 * The models whose entries may be users: `auth.user` where it has entries, otherwise every model with an entry that looks
 * like a user.
 */
export function userModels(entries: readonly DumpEntry[]): string[] {
  const models = new Set<string>()
  for (const { model, fields } of entries) {
    if (model === usual) return [usual]
    if (model !== null && !models.has(model) && 'user' in readDjangoUser(fields)) models.add(model)
  }
  return [...models]
}

/** The number of entries of each model, as text: `accounts.user (4), auth.group (2)`. */
export function countModels(entries: readonly DumpEntry[]): string {
  const counts = new Map<string, number>()
  for (const { model } of entries) {
    const name = model ?? 'no model'
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([model, count]) => `${model} (${count})`).join(', ')
}
