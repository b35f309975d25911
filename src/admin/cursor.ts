import type { Position } from '../auth/keyset.ts'

/** Where in a list a row stands, for a link. */
export function cursorOf({ at, id }: Position): string {
  return `${at.getTime()}.${id}`
}

/** What a cursor says; null for any other text: the list then begins at its beginning. Thirteen digits last until 2286. */
export function parseCursor(text: string | null): Position | null {
  const [, at, id] = /^(\d{1,13})\.([\w-]{1,64})$/.exec(text ?? '') ?? []
  return at === undefined || id === undefined ? null : { at: new Date(Number(at)), id }
}
