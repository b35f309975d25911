import { createIndexes } from './during.ts'
import type { SessionFacts } from './facts.ts'
import { faultsDuring, mayBeLost, recovery, touches } from './fault-times.ts'
import type { History, Operation, Stream } from './history.ts'

/** How late a stream may end, in milliseconds of a machine that has time for it. */
const promised = 1000

/** The same on a machine with other work and faults, besides what requests took then. */
export const prompt = 5000

/**
 * Was the stream open for too long after its session's acknowledged end? Where nothing was wrong around the end, the word of it
 * must have come. Where a fault struck the process of the stream or that of the end, the word may be lost, and the stream's own
 * look finds the end: within a re-check after the last fault that may have kept its process from looking.
 */
export function isLate(stream: Stream, session: SessionFacts, history: History): boolean {
  const due = dueOf(stream, session, history)
  return due !== null && stream.closed > due
}

/** When the stream must have ended; null where no end of its session is known. */
export function dueOf(stream: Stream, session: SessionFacts, history: History): number | null {
  const { process, opened } = stream
  const { recheck, age, keepsRecords } = history
  // A guest's cookie that carries its session is what says that it goes on.
  if (!keepsRecords && session.user === null) return null
  const certain = session.ends
    .filter(({ by, isCertain }) => isCertain && !mayBeLost(by, history))
    .sort((a, b) => Number(a.by.answered) - Number(b.by.answered))
  const [end] = certain
  if (end === undefined || end.by.answered === null) return null
  const { by } = end
  const over = Math.max(end.by.answered, opened)
  if (recheck > age) return dueInCalm(over, history)
  const slowest = slowestDuring(by.sent, over + prompt, history)
  const mayHaveLostWord = faultsDuring(history, by.sent - recovery, over + prompt).some(
    (fault) => touches(fault, process) || touches(fault, by.process),
  )
  let due = over + slowest + (mayHaveLostWord ? Math.max(prompt, recheck) : prompt)
  for (let known = -1; known < due;) {
    known = due
    for (const fault of faultsDuring(history, over - recovery, due))
      if (touches(fault, process)) due = Math.max(due, fault.to + recheck + slowest)
  }
  return due
}

/** Nothing is disturbed, and no stream looks by itself: the word ends it, in the promised time, without what the machine lacked of that. */
function dueInCalm(over: number, { lacks = [] }: History): number {
  let due = over + promised
  for (const { from, to } of lacks) if (to > over && from < due) due += to - Math.max(from, over)
  return due
}

/** How long the longest request took of those that were under way between these two, in milliseconds. A program that starts is none. */
function slowestDuring(begin: number, end: number, { operations }: History): number {
  let slowest = 0
  for (const { kind, sent, answered } of indexOf(operations)(begin, end))
    if (answered !== null && kind !== 'revoke at the shell')
      slowest = Math.max(slowest, answered - sent)
  return slowest
}

const indexOf = createIndexes<Operation>(({ sent, answered }) => ({ begin: sent, end: answered }))
