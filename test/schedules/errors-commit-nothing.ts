import { idOf } from '../../src/session/key.ts'
import { nameOf } from './aftermath.ts'
import type { Aftermath } from './aftermath.ts'
import { endsTheVisitor } from './operations.ts'

/** What a request that failed has written is nowhere, and it has signed nobody in. */
export function failuresLeaveNothing(aftermath: Aftermath): string[] {
  const { reports, opened, signedIn } = aftermath
  const held = [...opened.keys(), ...Object.values(aftermath.world.first)]
  const ids = new Set(held.flatMap((key) => (key === null ? [] : [idOf(key) as string])))
  return reports
    .filter(({ outcome }) => outcome === 'failed')
    .flatMap(({ by }) => [
      ...[...opened.values()]
        .filter(({ values }) => values[by])
        .map(({ id }) => `${by} has failed, and is stored in ${nameOf(aftermath, String(id))}.`),
      ...signedIn
        .filter(({ id }) => !ids.has(id))
        .map(
          ({ id, userId }) =>
            `${userId} is signed in with ${nameOf(aftermath, id)}, whose key nobody has.`,
        ),
    ])
}

/** Where nothing else happens, a request that fails leaves the visitor the session as it was, unless to end it was its purpose. */
export function failuresKeepTheSession({ reports, opened, expired }: Aftermath): string[] {
  const [only, another] = reports
  if (only?.outcome !== 'failed' || another || expired.length > 0 || only.sent === null) return []
  if (endsTheVisitor(only.operation)) return []
  return only.from === 'browser' && opened.get(only.sent)?.values['origin'] !== 'browser'
    ? [`${only.by} has failed, and the session that it came with is gone.`]
    : []
}
