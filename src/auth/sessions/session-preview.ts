import type { Database } from '../../database/database.ts'
import { newest, wholeList } from '../lists/keyset.ts'
import type { Users } from '../users/users.ts'
import { among, someSessions } from './few-sessions.ts'
import type { SomeSessions } from './few-sessions.ts'
import { byUserId } from './known-user.ts'
import { countSelected, otherThan, walkOf } from './selection.ts'
import { begunAnyTime, begunWithin, earliest, matching } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'
import { sessionPlaces } from './session-places.ts'
import { ofNone, whoseAre } from './whose.ts'
import type { Whose } from './whose.ts'

/** What an end by a filter would end. */
export interface SessionPreview {
  /** So many at least, and exactly so many where there are no more. */
  readonly count: number
  /** Did the count stop? Then there may be more. */
  readonly isMore: boolean
  /** Whose they are, or some of them. */
  readonly whose: Whose
}

/** Shows what an end of many sessions would end. */
export interface Previewing {
  /**
   * How many sessions match, and whose they are, save the session `own`. Once it has found `enough` it looks no further, and it
   * stops after half a second: the cost does not grow with the table.
   */
  preview(filter: SessionFilter, options: PreviewOptions): Promise<SessionPreview>
}

/** Which session is left out, and how many are enough to know of. */
export interface PreviewOptions {
  readonly own: string | null
  readonly enough: number
}

/** The parts that a preview works on. */
export interface PreviewingOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** So many sessions are looked at at once: as many as a first page of the list looks at. Where they say too little, more are. */
const [few, many] = [2_000, 10_000]

/** The preview in the Session table. */
export function createPreviewing({ db, users, now }: PreviewingOptions): Previewing {
  return { preview }

  async function preview(
    filter: SessionFilter,
    { own, enough }: PreviewOptions,
  ): Promise<SessionPreview> {
    const known = await byUserId(users, filter)
    if (known === null) return { count: 0, isMore: false, whose: ofNone }
    const others = otherThan(own)
    let whose = ofNone
    for (const look of [
      () => byIndex(known, few),
      () => alongTheList(known),
      () => byIndex(known, many),
    ]) {
      const some = await look()
      if (some === null) continue
      const seen = await whoseAre(db, { AND: [...others, some.which] })
      if (seen.count > whose.count) whose = seen
      if (some.areAll || seen.count >= enough)
        return { count: seen.count, isMore: !some.areAll, whose: seen }
    }
    const walk = walkOf(db, known, { others, now: now() })
    const { count, since } = await countSelected(db, walk, enough)
    return { count: Math.max(count, whose.count), isMore: since !== null, whose }
  }

  /** The sessions that an index finds by the part of the filter that few match; null where there is no such part. */
  async function byIndex(filter: SessionFilter, most: number): Promise<SomeSessions | null> {
    const some = await someSessions(db, filter, most)
    return some && { ...some, which: among(some.which, matching(filter, now())) }
  }

  /** The sessions that match among the newest. */
  async function alongTheList(filter: SessionFilter): Promise<SomeSessions> {
    const [beyond] = await sessionPlaces(db, filter)(newest(1), few)
    const begun = { ...filter, createdAfter: filter.createdAfter ?? earliest }
    const ends = { ...wholeList, before: beyond ?? null }
    const which = { AND: [matching(begunAnyTime(filter), now()), ...begunWithin(begun, ends)] }
    return { which, areAll: beyond === undefined }
  }
}
