import { operations } from './operations.ts'
import type { Operation, OperationName } from './operations.ts'
import type { Setting } from './explorer.ts'
import { expiry } from './story.ts'
import type { Scene } from './story.ts'
import type { Engine, Start } from './world.ts'

type Name = Scene['requests'][number]

const names: readonly Name[] = [
  ...(Object.keys(operations) as OperationName[]).filter((name) => !isOfItsOwnScenes(name)),
  expiry,
]

/** Every engine, with a visitor who is signed in and with one who is not. */
export const beginnings: readonly { readonly engine: Engine; readonly start: Start }[] = [
  { engine: 'database', start: 'ada' },
  { engine: 'cache', start: 'ada' },
  { engine: 'database', start: 'guest' },
  { engine: 'cache', start: 'guest' },
]

/**
 * Any two operations at once, on two processes, and on one where they may meet in its queue. That knows nothing of
 * engines, so that one engine is enough for it.
 */
export function pairs(): Setting[] {
  return beginnings.flatMap((beginning) => {
    const possible = names.filter((name) => fitsColumn(name, beginning.start))
    return possible.flatMap((one, at) =>
      possible.slice(at).flatMap((other) => {
        const meet = beginning.engine === 'cache' && [one, other].every(isWriter)
        const both = meet ? [true, false] : [false]
        return both.map((together) => ({ ...beginning, requests: [one, other], together }))
      }),
    )
  })
}

/** One operation, one of whose calls fails, alone and beside a write. */
export function mishaps(mishap: NonNullable<Setting['mishap']>): Setting[] {
  return beginnings.flatMap((beginning) =>
    names
      .filter((name) => name !== expiry && fitsColumn(name, beginning.start))
      .flatMap((name) =>
        [[name], [name, 'write' as const]].map((requests) => {
          return { ...beginning, requests, together: false, mishap }
        }),
      ),
  )
}

/** A write that shortens a session, whatever befalls it, beside an end of all sessions when the shorter time is over. */
export function shortenings(): Setting[] {
  const requests = ['a shorter age', 'an end of all, later'] as const
  const each = { engine: 'cache', start: 'ada', requests, together: false } as const
  return [each, ...(['fails', 'late', 'killed'] as const).map((mishap) => ({ ...each, mishap }))]
}

/** An end by staff, of a session by its id, beside any operation, one of whose calls may meet a mishap. */
export function endsById(mishap?: NonNullable<Setting['mishap']>): Setting[] {
  return beginnings.flatMap((beginning) =>
    names
      .filter((name) => name !== expiry && fitsColumn(name, beginning.start))
      .map((name) => {
        const requests = [name, 'an end by staff, by its id'] as const
        return { ...beginning, requests, together: false, ...(mishap && { mishap }) }
      }),
  )
}

/** Any three operations at once, on processes of their own. */
export function threes(): Setting[] {
  return beginnings.flatMap((beginning) => {
    const possible = names.filter((name) => fitsColumn(name, beginning.start))
    return possible.flatMap((one, at) =>
      possible.slice(at).flatMap((other, later) =>
        possible.slice(at + later).map((last) => {
          return { ...beginning, requests: [one, other, last], together: false }
        }),
      ),
    )
  })
}

/** The settings that begin alike, with the same first operation, under the name of both. */
export function grouped(settings: readonly Setting[]): [string, readonly Setting[]][] {
  const groups = new Map<string, Setting[]>()
  for (const setting of settings) {
    const { engine, start, requests } = setting
    const title = `${requests[0]}, ${start === 'ada' ? 'signed in' : 'a guest'}, ${engine}`
    groups.set(title, [...(groups.get(title) ?? []), setting])
  }
  return [...groups]
}

/** Does it pass through the queue of the visitor's session? A touch does not wait for its turn. */
function isWriter(name: Name): boolean {
  return operationOf(name)?.from === 'browser' && name !== 'touch'
}

function fitsColumn(name: Name, start: Start): boolean {
  return start === 'ada' || !operationOf(name)?.signedIn
}

function isOfItsOwnScenes(name: OperationName): boolean {
  const operation: Operation = operations[name]
  return operation.isOfItsOwnScenes === true
}

function operationOf(name: Name): Operation | null {
  return name === expiry ? null : operations[name]
}
