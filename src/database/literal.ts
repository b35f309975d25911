/**
 * `text` for `contains`: %, _ and \ are characters in it, and stand for nothing else. Both databases escape by a backslash,
 * and ignore case.
 */
export function literal(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`)
}

/**
 * `text` in each case that a database may not know to be the same: SQLite knows that of A to Z alone, and so does a
 * PostgreSQL of the locale C.
 */
export function spellings(text: string): string[] {
  if (/^[ -~]*$/.test(text)) return [text]
  return [...new Set([text, text.toLowerCase(), text.toUpperCase()])]
}
