import type { SessionFacts } from './facts.ts'
import type { Operation, Sight, Violation } from './history.ts'

/**
 * What an engine whose cookies carry the sessions promises of their content. Tabs overwrite each other, and an older cookie
 * has the older content: that is no violation. But each cookie has all that was answered as stored when it was given, and
 * always the same.
 */
export function checkCopies(facts: SessionFacts): Violation[] {
  const shown = new Map<string, { by: Operation; sight: Sight }>()
  return facts.alive
    .flatMap(({ by, sight }): Violation[] => {
      const copy = by.copy === undefined ? undefined : facts.copies.get(by.copy)
      if (copy === undefined || by.copy === undefined) return []
      const there = new Set(sight.lines.map(([write]) => write))
      const said = (rule: string, message: string, other: Operation) => [
        { rule, message, session: facts.id, operations: [other, by] },
      ]
      const missing = [...copy.lines].find((write) => !there.has(write))
      if (missing !== undefined) {
        const message = `The cookie was given with write ${missing} in it, which is missing.`
        return said('no update is lost', message, copy.by)
      }
      if (by.kind !== 'read') return []
      const first = shown.get(by.copy)
      if (first === undefined) shown.set(by.copy, { by, sight })
      else if (!isSame(first.sight, there))
        return said('a cookie is what it was', 'One cookie shows two contents.', first.by)
      return []
    })
    .slice(0, 1)
}

const isSame = ({ lines }: Sight, there: ReadonlySet<number>) =>
  lines.length === there.size && lines.every(([write]) => there.has(write))
