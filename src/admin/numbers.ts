/** A number as people write it: every page has this one way. */
export function count(number: number): string {
  return number.toLocaleString('en')
}

/** So many things, with the word for one of them; `many` where its plural has more than an s. */
export function countOf(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`
}
