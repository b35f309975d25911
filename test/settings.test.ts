import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { format, resolveConfig } from 'prettier'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config/config.ts'
import { envExample, settingsPage } from '../src/config/pages.ts'
import { settingsIn } from '../src/config/setting.ts'
import { fixed, groups, settings, variables } from '../src/config/settings.ts'

const example = readFileSync('.env.example', 'utf8')
const shown = parseEnv(example.replace(/^#(?=[A-Z_]+=)/gm, ''))

test('.env.example is what the settings declare: run `npm run print-settings` when it is not', () => {
  expect(example).toBe(envExample())
})

test('docs/settings.md is what the settings declare: run `npm run print-settings` when it is not', async () => {
  const filepath = 'docs/settings.md'
  const options = { ...(await resolveConfig(filepath)), filepath }
  expect(readFileSync(filepath, 'utf8')).toBe(await format(settingsPage(), options))
})

test('.env.example shows every setting once, and no other', () => {
  expect(Object.keys(shown).sort()).toEqual([...variables].sort())
  expect(new Set(variables).size).toBe(variables.length)
  const grouped = groups.flatMap((group) => settingsIn(group.settings))
  expect(grouped.length).toBe(settingsIn(settings).length)
})

test('the values in .env.example are the defaults', () => {
  expect(readConfig(shown)).toEqual(readConfig({}))
})

test('a variable of what is no longer a setting changes nothing', () => {
  const given = Object.fromEntries(fixed.map(({ name }) => [name, '1']))
  expect(Object.keys(given).length).toBeGreaterThan(0)
  expect(readConfig(given)).toEqual(readConfig({}))
})
