import { checkContents } from './check-contents.ts'
import { checkCopies } from './check-copies.ts'
import { checkEndState } from './check-end-state.ts'
import { checkEndings } from './check-endings.ts'
import { checkKeyChanges } from './check-key-changes.ts'
import { checkPasswords } from './check-passwords.ts'
import { checkStreams } from './check-streams.ts'
import { noteCopies } from './copies.ts'
import { factsOf } from './facts.ts'
import type { History, Operation, Violation } from './history.ts'

/**
 * Every promise that the history shows to be broken. Order is judged only where it is real: where one operation was
 * answered before the other was sent. What was not answered may have been carried out, at any time, once.
 */
export function check(told: History): Violation[] {
  // Lists of its own, to which nothing is added while their indexes are used.
  const history = { ...told, operations: [...told.operations], faults: [...told.faults] }
  const facts = factsOf(history)
  if (!history.keepsRecords) noteCopies(facts, history)
  const isWrite = ({ kind }: Operation) => kind === 'write'
  const writes = new Map(history.operations.filter(isWrite).map((write) => [write.id, write]))
  return [
    ...[...facts.values()].flatMap((session) => [
      ...checkEndings(session, history),
      ...checkContents(session, history, writes),
      ...(history.keepsRecords ? [] : checkCopies(session)),
    ]),
    ...checkKeyChanges(history, facts),
    ...seenDead(history),
    ...checkStreams(history, facts),
    ...checkPasswords(history),
    ...checkAnswers(history),
    ...checkEndState(history, facts),
  ]
}

/** What an empty session shows is nothing. */
function seenDead({ operations }: History): Violation[] {
  return operations
    .filter(({ kind, sight }) => kind === 'read' && sight?.id === null)
    .filter(({ sight }) => sight?.user || (sight?.lines.length ?? 0) > 0)
    .map((by) => ({
      rule: 'ended means empty',
      message: 'There is no session, and the answer shows a user or a cart.',
      session: by.session ?? '',
      operations: [by],
    }))
}

/** A fault of the server is none of the answers that it may give. */
function checkAnswers({ operations }: History): Violation[] {
  return operations
    .filter(({ detail }) => detail?.startsWith('INTERNAL_SERVER_ERROR'))
    .map((by) => ({
      rule: 'outages have a code',
      message: `The server answered with a fault: ${by.detail}`,
      session: by.session ?? '',
      operations: [by],
    }))
}
