import type { SessionId } from '../key.ts'
import type { SessionRecord } from '../record/record.ts'
import { standingOf } from './move-marks.ts'
import { moveRecord, settle } from './move.ts'
import type { Move, Moved, NotMoved } from './move.ts'

/** How far a move has come. It does not move a record that is in the new store already. It may see a record twice. */
export interface MoveProgress {
  /** How many records it has seen in the old store. */
  readonly seen: number
  /** How many records it has moved, those among them that a broken-off move had left on their way. */
  readonly moved: number
  /** How many it has left because they expired within `doubt`. */
  readonly justExpired: number
  /** How many the new store has refused. */
  readonly refused: number
}

/** A session that expired longer ago than this, in milliseconds, is over, however wrong the clock of the move may be. */
export const doubt = 3_600_000

/** How many records move at a time: most of a move is waiting for answers. */
const atOnce = 16

/**
 * Moves the live records of one store to another, each by itself, so that an operator can start a broken-off move again, or turn
 * it round: it finishes what it finds half moved in either store. Its memory does not grow with their number. Servers may
 * write meanwhile, as long as each of them reads both stores: see moving-store.ts. Throws a TypeError where the old store
 * cannot list its records. Where one record fails, it finishes those that are under way, and throws that error.
 */
export async function* moveRecords(move: Move): AsyncGenerator<MoveProgress, void> {
  if (!move.from.list) throw new TypeError('This store cannot list what it holds.')
  const count = { seen: 0, moved: 0, justExpired: 0, refused: 0 }
  let told = 0
  const underWay = new Set<Promise<void>>()
  const begin = (id: SessionId, { expiresAt, absoluteExpiresAt }: SessionRecord) => {
    const one = moveRecord(move, id).then((outcome) => {
      underWay.delete(one)
      count.seen++
      const end = Math.min(expiresAt, absoluteExpiresAt ?? Infinity)
      if (outcome !== 'expired') add(outcome)
      else if (move.now() - end < doubt) count.justExpired++
    })
    one.catch(() => undefined) // it is thrown where it is awaited
    underWay.add(one)
  }
  try {
    for await (const { id, record } of move.from.list()) {
      begin(id, record)
      if (underWay.size === atOnce) await Promise.race(underWay)
      if (count.seen > told) yield { ...count, seen: (told = count.seen) }
    }
    while (underWay.size > 0) await Promise.race(underWay)
  } finally {
    await Promise.allSettled(underWay) // a move that fails at one record leaves no other half way
  }
  // A broken-off move has left at most `atOnce` records half way: no need to settle several at a time.
  for await (const { id, record } of move.to.list?.() ?? [])
    if (standingOf(record) !== 'kept') add(await settle(move, id))
  yield count

  function add(outcome: Moved | NotMoved): void {
    if (outcome === 'refused') count.refused++
    else if (outcome !== 'nothing' && outcome !== 'expired') count.moved++
  }
}
