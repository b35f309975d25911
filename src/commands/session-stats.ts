import { withApp } from './run.ts'
import { printFacts, printJson } from './table.ts'

/** `coatcheck sessions stats`: how many sessions there are of each kind. */
export async function printStats({ json }: { json?: boolean }): Promise<void> {
  await withApp(async ({ sessions, keepsRecords }) => {
    const { active, authenticated, expired } = await sessions.stats()
    const counts = { active, authenticated, anonymous: active - authenticated, expired }
    if (json) return printJson(counts)
    printFacts([
      ['Active', String(active)],
      ['Signed in', String(authenticated)],
      ['Guests', keepsRecords ? String(counts.anonymous) : 'not listed: each carries its own'],
      ['Expired', `${expired}, not yet cleared`],
    ])
  })
}
