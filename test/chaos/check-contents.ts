import { causesOf } from './causes.ts'
import type { Seen, SessionFacts } from './facts.ts'
import { mayBeLost } from './fault-times.ts'
import { isBefore } from './history.ts'
import type { History, Operation, Violation } from './history.ts'
import { lateness } from './unanswered.ts'

/** A session shows what was written to it, all of it, once, and nothing else. */
export function checkContents(
  facts: SessionFacts,
  history: History,
  writes: ReadonlyMap<number, Operation>,
): Violation[] {
  const found = facts.alive.flatMap((seen) => [
    ...showsAnother(facts, seen),
    ...lacksItself(facts, seen),
    ...showsWhatIsNotItsOwn(facts, seen, writes),
    ...(history.keepsRecords
      ? [...lacksAWrite(facts, seen, history), ...hasALateWrite(facts, seen, history, writes)]
      : []),
  ])
  const rules = new Set<string>()
  return found.filter(({ rule }) => !rules.has(rule) && rules.add(rule))
}

function showsAnother(facts: SessionFacts, { by, sight }: Seen): Violation[] {
  const { id, user } = facts
  const shown = { rule: 'a session is its visitor’s', session: id, operations: [facts.created, by] }
  if (sight.id !== id)
    return [{ ...shown, message: `The cookie of ${id} is answered as session ${sight.id}.` }]
  if (sight.user !== undefined && sight.user !== user)
    return [{ ...shown, message: `The session of ${user} is answered as that of ${sight.user}.` }]
  return []
}

function lacksItself({ id }: SessionFacts, { by, sight }: Seen): Violation[] {
  if (by.kind !== 'write' || sight.lines.some(([write]) => write === by.id)) return []
  const message = `Write ${by.id} was answered as stored, and its own answer lacks it.`
  return [{ rule: 'no update is lost', message, session: id, operations: [by] }]
}

function showsWhatIsNotItsOwn(
  facts: SessionFacts,
  { by, sight }: Seen,
  writes: ReadonlyMap<number, Operation>,
): Violation[] {
  const chain = withParents(facts)
  return sight.lines.flatMap(([id, quantity]): Violation[] => {
    const write = writes.get(id)
    const operations = write ? [write, by] : [by]
    const said = (rule: string, message: string) => [
      { rule, message, session: facts.id, operations },
    ]
    if (quantity !== 1)
      return said('no write is applied twice', `Write ${id} is there ${quantity} times.`)
    if (chain.some(({ stored, possible }) => [...stored, ...possible].some((w) => w.id === id)))
      return []
    if (write?.outcome === 'refused' && chain.some((each) => each.id === write.session))
      return said(
        'what is refused is not stored',
        `Write ${id} was answered as failed (${write.detail}), and is there.`,
      )
    return said(
      'a session is its visitor’s',
      `Write ${id} was made to session ${write?.landed ?? write?.session}, and is in ${facts.id}.`,
    )
  })
}

function lacksAWrite(facts: SessionFacts, { by, sight }: Seen, history: History): Violation[] {
  const there = new Set(sight.lines.map(([id]) => id))
  const carried = surelyCarried(facts, history)
  const isKept = (write: Operation) => !mayBeLost(write, history)
  const missing = carried
    .flatMap(({ stored }) => stored)
    .find((write) => isBefore(write, by) && !there.has(write.id) && isKept(write))
  if (missing)
    return [
      {
        rule: 'no update is lost',
        message: `Write ${missing.id} was answered as stored, and is missing.`,
        session: facts.id,
        operations: [missing, by],
      },
    ]
  for (const earlier of carried.flatMap(({ alive }) => alive)) {
    if (!isBefore(earlier.by, by) || !isKept(earlier.by)) continue
    const gone = earlier.sight.lines.find(([id]) => !there.has(id))
    if (gone)
      return [
        {
          rule: 'no update is lost',
          message: `Write ${gone[0]} was seen, and is gone.`,
          session: facts.id,
          operations: [earlier.by, by],
        },
      ]
  }
  return []
}

/** A write that was not answered is done within a minute, or never. */
function hasALateWrite(
  facts: SessionFacts,
  { by, sight }: Seen,
  history: History,
  writes: ReadonlyMap<number, Operation>,
): Violation[] {
  return sight.lines.flatMap(([id]): Violation[] => {
    const write = writes.get(id)
    if (write?.outcome !== 'unknown') return []
    const due = write.sent + lateness
    if (by.sent <= due) return []
    const chain = withParents(facts)
    const own = chain.slice(0, chain.findIndex((each) => each.id === write.session) + 1)
    const look = own
      .flatMap(({ alive }) => alive)
      .find(
        (each) =>
          each.by.sent > due &&
          isBefore(each.by, by) &&
          each.sight.lines.every(([line]) => line !== id) &&
          !mayBeLost(each.by, history),
      )
    if (look === undefined) return []
    const message = `Write ${id} was not answered, was missing more than a minute later, and came after that.`
    const operations = [write, look.by, by]
    return [{ rule: 'what is not answered is done soon', message, session: facts.id, operations }]
  })
}

/** Itself, and those before it whose content it has for certain: what may have been over by then was not taken over. */
function surelyCarried(facts: SessionFacts, history: History): SessionFacts[] {
  const { parent, created } = facts
  if (parent === null) return [facts]
  const end = created.answered ?? Infinity
  return causesOf(parent, history, end, { except: created }).length > 0
    ? [facts]
    : [facts, ...surelyCarried(parent, history)]
}

function withParents(facts: SessionFacts): SessionFacts[] {
  return facts.parent ? [facts, ...withParents(facts.parent)] : [facts]
}
