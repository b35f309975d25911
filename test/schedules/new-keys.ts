import { isDone } from './aftermath.ts'
import type { Aftermath } from './aftermath.ts'

/** After a login, a logout and a change of password, the key is another, and the old one opens nothing. */
export function theOldKeyOpensNothing({ reports, opened }: Aftermath): string[] {
  return reports.filter(isDone).flatMap(({ by, sent, cookie }) => {
    if (!/login|logout|change of password/.test(by) || sent === null) return []
    return [
      ...(cookie === sent ? [`${by} has left the key as it was.`] : []),
      ...(opened.get(sent)?.id != null ? [`After ${by}, the old key opens a session.`] : []),
    ]
  })
}

/** What was one user's is not another's. */
export function othersStartEmpty({ opened, world }: Aftermath): string[] {
  const users = new Map<unknown, Set<string>>()
  if (world.start === 'ada') users.set('browser', new Set(['ada']))
  for (const { userId, values } of opened.values()) {
    const owners = users.get(values['origin']) ?? new Set()
    if (userId !== null) users.set(values['origin'], owners.add(userId))
  }
  users.delete(undefined)
  return [...users].flatMap(([origin, owners]) =>
    owners.size > 1
      ? [`What was stored from the ${origin} is with ${[...owners].join(' and ')}.`]
      : [],
  )
}

/** A key that the server has not issued stays unknown. */
export function keysAreIssued({ world, reports, opened }: Aftermath): string[] {
  const { stranger } = world.first
  if (stranger === null) return []
  return [
    ...(opened.get(stranger)?.id != null
      ? ['A key that the server never issued opens a session.']
      : []),
    ...reports
      .filter(({ cookie }) => cookie === stranger)
      .map(({ by }) => `The answer to ${by} sets a key that the server never issued.`),
  ]
}
