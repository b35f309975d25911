import type { SessionFacts } from './facts.ts'
import type { History, Violation } from './history.ts'

/**
 * The state at the end was seen: each session that an answer has named was looked at once more, by each of its cookies where they carry it, and each
 * look was answered. Otherwise a verdict would be about nothing.
 */
export function checkEndState(
  { healed, operations }: History,
  facts: ReadonlyMap<string, SessionFacts>,
): Violation[] {
  if (healed === 0) return []
  const said = (message: string, session = '', shown: Violation['operations'] = []) => ({
    rule: 'the end state is seen',
    message,
    session,
    operations: shown,
  })
  if (!operations.some(({ kind, outcome }) => kind === 'write' && outcome === 'done'))
    return [said('No write was answered as stored: there is nothing to check.')]
  const unseen = [...facts.values()].filter(({ operations: all, copies }) => {
    const looks = all.filter(
      ({ kind, outcome, sent }) => kind === 'read' && outcome === 'done' && sent >= healed,
    )
    const shown = new Set(looks.map(({ copy }) => copy))
    return looks.length === 0 || [...copies.keys()].some((copy) => !shown.has(copy))
  })
  return unseen
    .slice(0, 1)
    .map(({ id, operations: all }) =>
      said(
        `Of ${facts.size} sessions, ${unseen.length} were not seen after everything was right again.`,
        id,
        all.slice(-3),
      ),
    )
}
