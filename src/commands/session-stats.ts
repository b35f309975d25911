import { figure } from '../numbers.ts'
import { countedGuests } from './guests.ts'
import { withParts } from './run.ts'
import { printFacts, printJson } from './terminal/table.ts'

/** `coatcheck sessions stats`: how many sessions there are of each kind. */
export async function printStats({ json }: { json?: boolean }): Promise<void> {
  await withParts(['sessions', 'recordsAreRows'], async ({ sessions, recordsAreRows }) => {
    const { active, authenticated, expired } = await sessions.stats()
    const anonymous = countedGuests(active - authenticated, recordsAreRows)
    if (json) return printJson({ active, authenticated, anonymous, expired })
    printFacts([
      ['Active', figure(active)],
      ['Signed in', figure(authenticated)],
      ['Guests', anonymous === null ? 'not counted: the database has none' : figure(anonymous)],
      ['Expired', `${figure(expired)}, not yet cleared`],
    ])
  })
}
