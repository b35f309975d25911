import { causesOf } from './causes.ts'
import type { SessionFacts } from './facts.ts'
import type { History, Operation } from './history.ts'

/** One cookie that carries its session. It never changes: each write gives another one. */
export interface Copy {
  /** What gave it. */
  readonly by: Operation
  /** The writes that it carries for certain. Those of tabs whose requests ran at the same time may be in it too. */
  readonly lines: ReadonlySet<number>
  /** For how long it opens its session, at least and at most, in milliseconds. */
  readonly leastAge: number
  readonly mostAge: number
}

/** Writes down at every session which cookies carried it, in a history of an engine that keeps no records. */
export function noteCopies(facts: ReadonlyMap<string, SessionFacts>, history: History): void {
  const givers = history.operations
    .filter(({ given, outcome }) => given !== undefined && outcome === 'done')
    .sort((a, b) => Number(a.answered) - Number(b.answered))
  for (const by of givers) {
    const session = by.landed === null ? undefined : facts.get(by.landed)
    const { given } = by
    if (session === undefined || given === undefined || session.copies.has(given)) continue
    session.copies.set(given, copyBy(by, session, history))
  }
}

function copyBy(by: Operation, session: SessionFacts, history: History): Copy {
  const before = cameFrom(by, session, history)
  const own = by.kind === 'write' ? [by.id] : []
  const seen = by.sight?.lines.map(([write]) => write) ?? []
  const lines = new Set([...(before?.lines ?? []), ...own, ...seen])
  if (by.kind === 'expire' && by.age !== undefined)
    return { by, lines, leastAge: by.age, mostAge: by.age }
  // Requests of one session that wait in one process see what the one before them has stored.
  const ages = [session, session.parent]
    .flatMap((each) => each?.operations ?? [])
    .filter(({ kind, outcome }) => kind === 'expire' && outcome !== 'refused')
    .filter(({ sent }) => sent < (by.answered ?? Infinity))
    .map(({ age = history.age }) => age)
  return {
    by,
    lines,
    leastAge: Math.min(before?.leastAge ?? history.age, ...ages),
    mostAge: Math.max(before?.mostAge ?? history.age, ...ages),
  }
}

/** The cookie whose content `by` took over for certain; null where it took over none, or need not have. */
function cameFrom(by: Operation, session: SessionFacts, history: History): Copy | null {
  if (by.copy === undefined) return null
  if (by.session === by.landed) return session.copies.get(by.copy) ?? null
  const { parent, created } = session
  if (parent === null || created !== by) return null
  // A guest's cookie is taken over unless it has expired. A user's session may have been ended meanwhile.
  const causes = causesOf(parent, history, by.answered ?? Infinity, { except: by, copy: by.copy })
  return causes.length > 0 ? null : (parent.copies.get(by.copy) ?? null)
}
