import { readSources } from '../config/environment.ts'
import { settingsInForce } from '../config/in-force.ts'
import type { SettingInForce } from '../config/in-force.ts'
import { configure } from './configure.ts'
import { printJson, printTable } from './terminal/table.ts'
import type { Column } from './terminal/table.ts'

const columns: readonly Column<SettingInForce>[] = [
  { title: 'SETTING', text: ({ variable }) => variable },
  { title: 'VALUE', text: ({ value }) => value ?? '-', least: 12 },
  {
    title: 'FROM',
    text: ({ source }) => source,
    goes: 1,
    style: ({ source }) => (source === 'default' ? 'dim' : 'green'),
  },
]

/** `coatcheck config`: every setting in force and where it comes from, without secrets. */
export async function printConfig({
  given = false,
  json,
}: {
  given?: boolean
  json?: boolean
}): Promise<void> {
  const { config } = await configure()
  const all = settingsInForce(config, readSources())
  const inForce = given ? all.filter(({ source }) => source !== 'default') : all
  if (json) printJson(inForce)
  else printTable(columns, inForce)
}
