const figures = new Intl.NumberFormat('en')

/** A number for people, as every command writes it: 12,345. Programs get it by `--json`. */
export function figure(number: number): string {
  return figures.format(number)
}

/** So many of something: 1 session, 12,345 sessions. `many` is left out where the plural has an s more. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${figure(number)} ${number === 1 ? one : many}`
}

/** What became of the sessions of a user to whom something else was done, as a sentence. */
export function theirSessions(ended: number): string {
  if (ended === 0) return 'They had no session open.'
  return ended === 1 ? 'Their session ended.' : `Their ${figure(ended)} sessions ended.`
}
