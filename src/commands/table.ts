import { print } from './terminal.ts'

/** A line of a table: each cell as wide as its column. */
export function printRow(widths: readonly number[], cells: readonly string[]): void {
  const padded = cells.map((cell, at) => visible(cell).padEnd(widths[at] ?? 0))
  print(padded.join(' ').trimEnd())
}

/** `value` as one JSON document. What could steer a terminal is escaped, and means the same to a parser. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(value, null, 2)
  print(text.replace(/[^\P{C}\n]/gu, escaped))
}

/** A username or an address must not steer the terminal. */
export function visible(text: string): string {
  return text.replace(/\p{C}/gu, '�')
}

/** An instant, to the second; - for none. */
export function instant(at: Date | null): string {
  return at === null ? '-' : at.toISOString().slice(0, 19)
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
