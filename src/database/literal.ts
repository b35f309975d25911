/**
 * `text` for `contains`, in which %, _ and \ are mere characters. Both databases escape by a backslash,
 * and ignore case.
 */
export function literal(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`)
}

/**
 * `text` in each spelling by case that a database may tell apart: SQLite ignores the case of A to Z alone, and so does
 * PostgreSQL in the locale C.
 */
export function spellings(text: string): string[] {
  if (/^[ -~]*$/.test(text)) return [text]
  return [...new Set([text, text.toLowerCase(), text.toUpperCase()])]
}
