import type { Position } from './keyset.ts'

/** Where in the list of this name a row stands, as text; opaque to callers. */
export function cursorOf(list: string, { at, id }: Position): string {
  return Buffer.from(`${list}.${at.getTime()}.${id}`).toString('base64url')
}

/**
 * What a cursor of the list of this name says; null for any other text. Thirteen digits last until 2286; an instant of
 * more is a year that PostgreSQL cannot read.
 */
export function parseCursor(list: string, cursor: string): Position | null {
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, of, at, id] = /^(\w+)\.(\d{1,13})\.([\w-]{1,64})$/.exec(text) ?? []
  if (of !== list || at === undefined || id === undefined) return null
  return { at: new Date(Number(at)), id }
}
