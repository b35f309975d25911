import { columnsOf, print, remark, styled } from './terminal.ts'
import type { Style } from './terminal.ts'
import { padded, shortened, visible, widthOf, wrapped } from './text.ts'

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  /** The width to which it may shrink before a column goes. Not given: it does not shrink until then. */
  readonly least?: number
  /** When it goes from a table that has no room: 1 goes first. Not given: it never goes. */
  readonly goes?: number
  readonly style?: (row: Row) => Style | null
}

/** What lies between two columns. */
const gap = 2

/** No column is cut to less than this: a letter, and the sign that there are more. */
const narrowest = 2

/**
 * Prints a line for each row below a line of titles. No line is wider than the terminal: columns become narrower, then some
 * go, and then the widest are cut. A program gets every column whole.
 */
export function printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const cells = rows.map((row) => columns.map(({ text }) => visible(text(row))))
  const widths = layOut(columns, cells, columnsOf())
  const line = (texts: readonly string[], styleOf: (at: number) => Style | null) => {
    const shown = texts.flatMap((text, at) => {
      const width = widths[at] ?? 0
      return width === 0 ? [] : [{ text: padded(shortened(text, width), width), at }]
    })
    const last = shown.at(-1)
    if (last) last.text = last.text.trimEnd()
    const styles = shown.map(({ text, at }) => {
      const style = styleOf(at)
      return style === null ? text : styled(style, text)
    })
    print(styles.join(' '.repeat(gap)))
  }
  line(
    columns.map(({ title }) => title),
    () => 'bold',
  )
  for (const [at, row] of rows.entries())
    line(cells[at] ?? [], (column) => columns[column]?.style?.(row) ?? null)
  if (rows.length === 0) remark('There are none.')
  const missing = columns.flatMap(({ title }, at) => (widths[at] === 0 ? [title] : []))
  if (missing.length > 0)
    remarkOn(`There is no room for ${missing.join(', ')}: widen the terminal, or give --json.`)
}

/** A remark, in the lines that it takes. */
function remarkOn(text: string): void {
  for (const line of wrapped(text, columnsOf(process.stderr))) remark(line)
}

/** The width of each column in a terminal of `most` columns; 0 for one that is left out. */
export function layOut(
  columns: readonly Pick<Column<never>, 'title' | 'least' | 'goes'>[],
  cells: readonly (readonly string[])[],
  most: number,
): number[] {
  const natural = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at] ?? ''))),
  )
  const least = columns.map((column, at) => {
    const width = natural[at] ?? 0
    return Math.min(width, Math.max(column.least ?? width, widthOf(column.title)))
  })
  const order = columns
    .map(({ goes }, at) => ({ at, goes: goes ?? Infinity }))
    .filter(({ goes }) => goes < Infinity)
    .sort((a, b) => a.goes - b.goes)
  const isIn = columns.map(() => true)
  const room = () => {
    const kept = least.filter((_, at) => isIn[at])
    return most - gap * (kept.length - 1) - kept.reduce((sum, width) => sum + width, 0)
  }
  for (const { at } of order) if (room() < 0) isIn[at] = false
  const widths = least.map((width, at) => (isIn[at] ? width : 0))
  for (let over = -room(); over > 0; over--) {
    const widest = Math.max(...widths)
    if (widest <= narrowest) break
    widths[widths.indexOf(widest)] = widest - 1
  }
  // What is left over goes to those that were made narrower, a column of the terminal at a time.
  for (let left = room(); left > 0;) {
    const narrow = widths.flatMap((width, at) =>
      width > 0 && width < (natural[at] ?? 0) ? [at] : [],
    )
    if (narrow.length === 0) break
    for (const at of narrow.slice(0, left)) widths[at] = (widths[at] ?? 0) + 1
    left -= narrow.length
  }
  return widths
}

/** Prints a sentence of a result, in the lines that it takes. */
export function printSentence(text: string, style?: Style): void {
  for (const line of wrapped(text, columnsOf()))
    print(style === undefined ? line : styled(style, line))
}

/** Prints names with what they have, one below the other, each text in the lines that it takes. */
export function printFacts(facts: readonly (readonly [string, string])[]): void {
  const indent = Math.max(...facts.map(([name]) => widthOf(name))) + gap
  const most = columnsOf() - indent
  for (const [name, text] of facts) {
    const lines = most < 20 ? [visible(text)] : wrapped(visible(text), most)
    for (const [at, line] of lines.entries())
      print(
        `${at === 0 ? styled('bold', padded(name, indent)) : ' '.repeat(indent)}${line}`.trimEnd(),
      )
  }
}

let hasPrinted = false

/** Has this process printed its JSON document? A command prints one and no more. */
export function hasPrintedJson(): boolean {
  return hasPrinted
}

/** `value` as one JSON document. What could steer a terminal is escaped, and means the same to a parser. */
export function printJson(value: unknown): void {
  hasPrinted = true
  const text = JSON.stringify(value, null, 2)
  print(text.replace(/[^\P{C}\n]/gu, escaped))
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
