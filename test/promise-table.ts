import { readFileSync } from 'node:fs'

/** A promise of docs/security.md. */
export interface PromiseRow {
  readonly id: string
  /** M: owed; S: should hold; ★: beyond that. */
  readonly rank: 'M' | 'S' | '★'
  readonly promise: string
  /** Links to the tests that show it, or a sentence that says why there is none. */
  readonly shown: string
}

/**
 * The promises of docs/security.md, which is the one list of them: each is an item of two lines, and the second says where it
 * is shown. A test that shows one has its id as a tag.
 */
export function readPromises(): PromiseRow[] {
  const text = readFileSync(new URL('../docs/security.md', import.meta.url), 'utf8')
  const items = text.matchAll(/^- \*\*([A-K]\d+)\*\* \((M|S|★)\) (.+)\n  (.+)$/gm)
  return [...items].map(
    ([, id, rank, promise, shown]) => ({ id, rank, promise, shown }) as PromiseRow,
  )
}
