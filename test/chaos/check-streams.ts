import { causesOf, firstCausesOf, latestExpiry } from './causes.ts'
import type { SessionFacts } from './facts.ts'
import { ends, faultsDuring, recovery, touches } from './fault-times.ts'
import type { History, Stream, Violation } from './history.ts'
import { isLate } from './late-streams.ts'
import { mayBeUndone } from './undone.ts'
import { mayBeUnknown } from './why-unknown.ts'

/** How late a busy machine may notice that a connection broke, in milliseconds. */
const lag = 2000

const tooLate = 'The session had ended long before, and its stream went on.'

/** A stream ends when its session does, in time, with a reason that is true, and otherwise goes on. */
export function checkStreams(
  history: History,
  facts: ReadonlyMap<string, SessionFacts>,
): Violation[] {
  return history.streams.flatMap((stream) => {
    const session = facts.get(stream.session)
    return session ? checkStream(stream, session, history) : checkNameless(stream)
  })
}

/** Of a session that no answer has named, nothing is known that may end it. */
function checkNameless({ session, how, reason = 'nothing' }: Stream): Violation[] {
  if (how !== 'ended' && how !== 'repeated' && how !== 'completed') return []
  const message = `A stream of a session that no answer has named ended, and said ${reason}.`
  return [{ rule: 'a stream ends with its session', message, session, operations: [] }]
}

function checkStream(stream: Stream, session: SessionFacts, history: History): Violation[] {
  const said = (message: string): Violation[] => {
    const times = `It was opened at ${Math.round(stream.opened)} by process ${stream.process}, and over at ${Math.round(stream.closed)}.`
    const operations = [session.created, ...session.ends.map(({ by }) => by)]
    const rule = 'a stream ends with its session'
    return [{ rule, message: `${message} ${times}`, session: session.id, operations }]
  }
  const { how, reason, closed, copy } = stream
  if (how === 'repeated') return said('A stream said more than once that its session ended.')
  if (how === 'completed') return said('A stream completed without a reason.')
  if (how === 'ended') {
    const causes = firstCausesOf(session, history, closed, { copy }).map((each) => each.reason)
    if (causes.length === 0) return said(`A stream says ${reason}, and nothing ended its session.`)
    // Of a session that a store has lost no reason is known: its stream breaks off.
    if (reason === undefined || !causes.includes(reason))
      return said(`A stream says ${reason}, and its session ended by ${causes.join()}.`)
    if (isLate(stream, session, history)) return said(tooLate)
    const again = session.open.find(({ sent }) => sent > closed)
    return again &&
      !mayBeUndone({ sent: closed, answered: closed, ...(copy && { copy }) }, session, history)
      ? said(
          `A stream says ${reason}, and operation ${again.id} of its session is answered at ${Math.round(again.sent)}.`,
        )
      : []
  }
  if (how === 'refused')
    return mayBeRefused(stream, session, history)
      ? []
      : said('A stream was refused, and nothing was wrong.')
  if (how === 'broken')
    return mayBreakOff(stream, session, history)
      ? []
      : said('A stream broke off without a reason, and nothing broke it.')
  if (isLate(stream, session, history)) return said(tooLate)
  // A guest's cookie that carries its session is what says that it goes on.
  const isCarried = !history.keepsRecords && session.user === null
  const certain = isCarried ? [] : session.ends.filter(({ isCertain }) => isCertain)
  const ends = certain.map(({ by }) => by.answered ?? 0)
  const over = Math.min(...ends, latestExpiry(session, history, closed, copy))
  const due = Math.max(over, history.healed, stream.opened) + history.recheck
  return closed > due ? said('The session has ended, and its stream goes on.') : []
}

/** Its process went, or its session is over and nothing may say why. What else goes wrong is no reason: a stream that cannot look goes on. */
function mayBreakOff(
  { process, closed, copy }: Stream,
  session: SessionFacts,
  history: History,
): boolean {
  const look = { process, time: closed }
  return (
    faultsDuring(history, closed - lag, closed).some((each) => ends(each, process)) ||
    firstCausesOf(session, history, closed, { copy }).some((cause) =>
      mayBeUnknown(cause, session, history, look),
    )
  )
}

/** Its session was over when it was opened, or the first look failed. */
function mayBeRefused(
  { process, opened, closed, copy }: Stream,
  session: SessionFacts,
  history: History,
): boolean {
  const isStruck = faultsDuring(history, opened - recovery, closed).some((each) =>
    touches(each, process),
  )
  return isStruck || causesOf(session, history, closed, { copy }).length > 0
}
