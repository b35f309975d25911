import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readPromises } from './promise-table.ts'

const promises = readPromises()

/** The files that a row points to. */
function linksOf(shown: string): string[] {
  return [...shown.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path]) => path!)
}

test(
  'each promise has an id of its own and a sentence, and none is written so that it is passed over',
  { tags: ['K16'] },
  () => {
    const begun = readFileSync('docs/security.md', 'utf8').matchAll(/^\W*([A-K]\d+)\b/gm)
    expect(promises.map(({ id }) => id)).toEqual(Array.from(begun, ([, id]) => id))
    expect(promises.length).toBeGreaterThanOrEqual(175) // promises are added, and none is taken back
    expect(new Set(promises.map(({ id }) => id)).size).toBe(promises.length)
    for (const { id, promise } of promises) expect([id, promise.length > 20]).toEqual([id, true])
  },
)

test.each(promises)(
  'the tests or the reason that $id points to are there',
  ({ id, rank, shown }) => {
    const files = linksOf(shown)
    for (const file of files) expect([file, existsSync(file)]).toEqual([file, true])
    const isTagged = files.some((file) => readFileSync(file, 'utf8').includes(`'${id}'`))
    const isSaid = /^(Not held|Not shown|Does not apply)[:,]/.test(shown)
    expect([isTagged, isSaid]).toEqual([!isSaid, isSaid])
    if (rank === 'M') expect(shown).not.toMatch(/^Not (held|shown)/)
  },
)
