const figures = new Intl.NumberFormat('en')

/** A number as people write it: 12,345. Every page and every command has this one way; programs get it by `--json`. */
export function figure(number: number): string {
  return figures.format(number)
}

/** So many of something: 1 session, 12,345 sessions. `many` is left out where the plural has an s more. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${figure(number)} ${number === 1 ? one : many}`
}
