import type { SessionKey } from '../../src/session/key.ts'
import { SessionStoreUnavailable } from '../../src/refusals.ts'
import { Session } from '../../src/session/session.ts'
import type { Operation } from './operations.ts'
import type { Played, Report } from './story.ts'
import type { World } from './world.ts'

/** What a schedule has left behind. */
export interface Aftermath extends Played {
  /** What every key opens that was ever in a cookie. */
  readonly opened: ReadonlyMap<SessionKey, Opened>
  /** All sessions that would open, signed in. */
  readonly signedIn: readonly { readonly id: string; readonly userId: string }[]
}

/** Looks at what is left with new requests, to which nothing happens any more. */
export async function lookAt(played: Played): Promise<Aftermath> {
  const { world, reports } = played
  const keys = [
    world.first.browser,
    ...reports.flatMap(({ sent, cookie }) => [sent, cookie === 'clear' ? null : cookie]),
  ].filter((key) => key !== null)
  const { settings, roster } = world.attend('afterwards', 'afterwards', null)
  const opened = new Map<SessionKey, Opened>()
  for (const key of new Set(keys)) opened.set(key, await look(new Session(settings, roster, key)))
  const isAsked = reports.some(
    ({ outcome, operation }) => outcome === 'failed' || endsMany(operation),
  )
  return { ...played, opened, signedIn: isAsked ? await signedIn(world) : [] }
}

/** Is there such a session, and whose, and what is in it? */
async function look(session: Session): Promise<Opened> {
  const record = await session.record()
  const values = await session.get('values')
  return {
    id: await session.id(),
    userId: record?.auth?.userId ?? null,
    values: values ?? {},
  }
}

/** What a key opens. `id` is null where that is nothing. */
export interface Opened {
  readonly id: string | null
  readonly userId: string | null
  readonly values: Readonly<Record<string, unknown>>
}

/** The ids of all sessions that would open to the holder of their key, signed in. */
async function signedIn(world: World): Promise<{ id: string; userId: string }[]> {
  const { roster, settings } = world.attend('afterwards', 'afterwards', null)
  const found: { id: string; userId: string }[] = []
  for await (const { id, record } of settings.store.list?.() ?? []) {
    const { auth, expiresAt } = record
    if (auth !== null && expiresAt > world.rest.now && (await roster.open(id, settings.store)))
      found.push({ id, userId: auth.userId })
  }
  return found
}

/** How stories call the session `id`. */
export function nameOf({ world }: Aftermath, id: string): string {
  return world.scheduler.nameOf(id, 'nothing that is known')
}

/** Does it end sessions of ada that it does not come from? */
export function endsMany({ ends }: Operation): boolean {
  return ends === 'all' || ends === 'the others'
}

/** Did the answer leave open whether it is stored, or was there none? Then either is right. */
export function mayBeStored({ result, outcome }: Report): boolean {
  return outcome === 'killed' || (result instanceof SessionStoreUnavailable && result.isOpen)
}

/** Was it answered with success? */
export function isDone({ outcome }: Report): boolean {
  return outcome === 'done'
}
