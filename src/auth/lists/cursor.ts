import type { Position } from './keyset.ts'

/** The place of a row in the list of this name, as text that is opaque to callers. */
export function cursorOf(list: string, { at, id }: Position): string {
  return Buffer.from(`${list}.${at.getTime()}.${id}`).toString('base64url')
}

/**
 * The place in a cursor of the list of this name; null for any other text. Thirteen digits last until 2286; PostgreSQL cannot
 * read the years of longer ones.
 */
export function parseCursor(list: string, cursor: string): Position | null {
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, of, at, id] = /^(\w+)\.(\d{1,13})\.([\w-]{1,64})$/.exec(text) ?? []
  if (of !== list || at === undefined || id === undefined) return null
  return { at: new Date(Number(at)), id }
}
