import { isStorable } from '../../session/record/data.ts'

/**
 * May a column hold `text`, of at most `longest` characters? If not, do not ask for it: PostgreSQL fails over text that it
 * cannot store, SQLite over text that is too long.
 */
export function fitsColumn(text: string, longest: number): boolean {
  return text.length <= longest && isStorable(text)
}

/** No username and no address is longer (RFC 5321). */
export const longestName = 254
