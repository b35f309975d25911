import { causesOf, latestExpiry } from './causes.ts'
import type { SessionFacts } from './facts.ts'
import type { History, Stream, Violation } from './history.ts'

/** A stream ends when its session does, with a reason that is true, and otherwise goes on. */
export function checkStreams(
  history: History,
  facts: ReadonlyMap<string, SessionFacts>,
): Violation[] {
  return history.streams.flatMap((stream) => {
    const session = facts.get(stream.session)
    return session ? checkStream(stream, session, history) : []
  })
}

function checkStream(stream: Stream, session: SessionFacts, history: History): Violation[] {
  const said = (message: string): Violation[] => {
    const times = `It was opened at ${Math.round(stream.opened)} by process ${stream.process}, and over at ${Math.round(stream.closed)}.`
    const operations = [session.created, ...session.ends.map(({ by }) => by)]
    const rule = 'a stream ends with its session'
    return [{ rule, message: `${message} ${times}`, session: session.id, operations }]
  }
  const { how, reason, closed, copy } = stream
  if (how === 'completed') return said('A stream completed without a reason.')
  if (how === 'ended') {
    const causes = causesOf(session, history, closed, { copy }).map((each) => each.reason)
    if (causes.length === 0) return said(`A stream says ${reason}, and nothing ended its session.`)
    // Of a session that a store has lost no reason is known: its stream breaks off.
    return reason !== undefined && causes.includes(reason)
      ? []
      : said(`A stream says ${reason}, and its session ended by ${causes.join()}.`)
  }
  if (how === 'broken') return []
  // A guest's cookie that carries its session is what says that it goes on.
  const isCarried = !history.keepsRecords && session.user === null
  const certain = isCarried ? [] : session.ends.filter(({ isCertain }) => isCertain)
  const ends = certain.map(({ by }) => by.answered ?? 0)
  const over = Math.min(...ends, latestExpiry(session, history, closed, copy))
  const due = Math.max(over, history.healed, stream.opened) + history.recheck
  return closed > due ? said('The session has ended, and its stream goes on.') : []
}
