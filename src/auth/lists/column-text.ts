import { isStorable } from '../../session/record/data.ts'

/**
 * May a column hold `text`, of so many characters at most? Databases fail over a question about what they cannot hold:
 * PostgreSQL over what cannot be stored, SQLite over what is too long.
 */
export function fitsColumn(text: string, longest: number): boolean {
  return text.length <= longest && isStorable(text)
}

/** No username and no address is longer (RFC 5321). */
export const longestName = 254
