/** `text` for `contains`, with %, _ and \ as mere characters. Both databases escape by a backslash. */
export function literal(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`)
}

/**
 * The spellings of `text` to ask `contains` for, so that it is found in lower and in upper case. One is enough for ASCII: both
 * databases ignore the case of A to Z. SQLite, and PostgreSQL in the locale C, tell the cases of other letters apart.
 */
export function spellings(text: string): string[] {
  if (/^[ -~]*$/.test(text)) return [text]
  return [...new Set([text, text.toLowerCase(), text.toUpperCase()])]
}
