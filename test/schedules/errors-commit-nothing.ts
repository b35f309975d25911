import { idOf } from '../../src/session/key.ts'
import { mayBeStored, nameOf } from './aftermath.ts'
import type { Aftermath } from './aftermath.ts'
import { endsTheVisitor } from './operations.ts'

/** A request that failed has stored nothing, unless its answer says that it may have, and it has signed no user in. */
export function failuresLeaveNothing(aftermath: Aftermath): string[] {
  const { reports, opened, signedIn } = aftermath
  const held = [...opened.keys(), ...Object.values(aftermath.world.first)]
  const ids = new Set(held.flatMap((key) => (key === null ? [] : [idOf(key) as string])))
  const failed = reports.filter(({ outcome }) => outcome === 'failed')
  const stored = failed.flatMap((report) => {
    const { by } = report
    return mayBeStored(report)
      ? []
      : [...opened.values()]
          .filter(({ values }) => values[by])
          .map(({ id }) => `${by} has failed, and is stored in ${nameOf(aftermath, String(id))}.`)
  })
  // What a killed process has made is none of the failed requests'.
  const killed = reports.filter(({ outcome }) => outcome === 'killed')
  const isOfKilled = (id: string) =>
    killed.some(({ by }) => nameOf(aftermath, id) === `the session made by ${by}`)
  const isUnheld = ({ id }: { readonly id: string }) => !ids.has(id) && !isOfKilled(id)
  const unheld = failed.length === 0 ? [] : signedIn.filter(isUnheld)
  return [
    ...stored,
    ...unheld.map(
      ({ id, userId }) =>
        `${userId} is signed in with ${nameOf(aftermath, id)}, whose key no visitor has.`,
    ),
  ]
}

/** Where nothing else happens, a request that fails leaves the visitor the session as it was, unless to end it was its purpose. */
export function failuresKeepTheSession({ reports, opened, expired }: Aftermath): string[] {
  const [only, another] = reports
  if (
    only?.outcome !== 'failed' ||
    mayBeStored(only) ||
    another ||
    expired.length > 0 ||
    only.sent === null
  )
    return []
  if (endsTheVisitor(only.operation)) return []
  return only.from === 'browser' && opened.get(only.sent)?.values['origin'] !== 'browser'
    ? [`${only.by} has failed, and the session that it came with is gone.`]
    : []
}
