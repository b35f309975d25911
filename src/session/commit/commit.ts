import type { Release } from '../../waiting/release.ts'
import type { Changes, Kept } from './changes.ts'
import { cycle } from './key-change.ts'
import { start, startAgain, takeBack } from './new-session.ts'
import type { Committed } from './new-session.ts'
import type { Latest } from '../queue.ts'
import { rewrite } from './rewrite.ts'
import type { SessionRoster } from '../roster.ts'
import type { SessionSettings } from '../settings.ts'
import { unreplaced } from './unreplaced.ts'

/**
 * Stores what a request recorded, in its session. Throws `SessionInterrupted` where the session ended meanwhile,
 * `SessionTooLarge` past a cap, `SessionBusy` where other processes came first every time, the reason of `release` where that
 * fired before its turn, and any error of an operation: then it has stored nothing.
 */
export async function commit(
  settings: SessionSettings,
  roster: SessionRoster,
  opened: Kept,
  changes: Changes,
  release?: Release,
): Promise<Committed> {
  // Before its turn: else those behind it would wait for the same one after the other.
  const kept = changes.key === 'keep' ? await unreplaced(settings, roster, opened) : opened
  let outcome: Committed = { kept, cookie: null }
  try {
    await settings.queue(
      kept.id,
      async (latest) => {
        if (changes.key === 'end') outcome = await end(settings, roster, kept, changes)
        else if (latest === null) outcome = await startAgain(settings, roster, changes)
        else {
          const newest = latest ? { ...kept, record: latest } : kept
          const write = changes.key === 'cycle' ? cycle : rewrite
          outcome = await write(settings, roster, newest, changes)
        }
        return afterwards(kept, outcome)
      },
      release,
    )
  } finally {
    settings.events?.publish(kept.id) // a failed commit may have ended the session first
  }
  return outcome
}

/** Starts the new session first, if any: if the server stops before the old one has ended, the visitor keeps the old one. */
async function end(
  settings: SessionSettings,
  roster: SessionRoster,
  old: Kept,
  changes: Changes,
): Promise<Committed> {
  const next = await start(settings, roster, changes)
  const id = old.id
  const isSignedIn = old.record.auth !== null
  let wasOver = false
  try {
    const remove = () => settings.store.delete(id)
    if (!isSignedIn) await roster.leaveAsGuest(id, old.record, remove)
    else {
      wasOver = !(await roster.leave(id, next.kept !== null && changes.login))
      await remove().catch(() => undefined) // the roster no longer opens it, and it expires
    }
  } catch (error) {
    if (next.kept) await takeBack(settings, roster, next.kept, null)
    throw error
  }
  return { kept: next.kept, cookie: next.kept ? 'set' : 'clear', wasOver }
}

/**
 * What the next writer of this id gets from the queue: the stored record, null where the session is over, undefined where that
 * is not known.
 */
function afterwards(before: Kept, { kept, doubt }: Committed): Latest {
  if (doubt) return undefined
  return kept !== null && kept.id === before.id ? kept.record : null
}
