import stringWidth from 'string-width'

/** A username or an address must not steer the terminal: what could is shown as �. */
export function visible(text: string): string {
  return text.replace(/\p{C}/gu, '�')
}

/** How many columns of a terminal `text` takes. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text)
}

/** `text` in at most so many columns, the last of which says that there is more. */
export function shortened(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (isPlain(text)) return `${text.slice(0, width - 1)}…`
  let [kept, taken] = ['', 0]
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    taken += stringWidth(segment)
    if (taken > width - 1) break
    kept += segment
  }
  return `${kept}…`
}

/** `text` with spaces to so many columns. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** `text` in lines of at most so many columns, broken at spaces, and within a word that is wider than a line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((whole) => pieces(whole, width))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word]
  const found: string[] = []
  let [piece, taken] = ['', 0]
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const more = widthOf(segment)
    if (piece !== '' && taken + more > width) {
      found.push(piece)
      ;[piece, taken] = ['', 0]
    }
    piece += segment
    taken += more
  }
  return [...found, piece]
}

/** An instant in UTC, to the second; - for none. */
export function instant(at: Date | null): string {
  return at === null ? '-' : `${at.toISOString().slice(0, 19)}Z`
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text)
}
