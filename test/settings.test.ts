import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config/config.ts'

const names = [
  ...readFileSync('src/config/settings.ts', 'utf8').matchAll(/^ {2}([A-Z_]+): /gm),
].map(([, name]) => name!)
const example = readFileSync('.env.example', 'utf8')
const shown = parseEnv(example.replace(/^#(?=[A-Z_]+=)/gm, ''))

test('.env.example and the README have every setting, and no other', () => {
  const { NODE_ENV, ...settings } = shown
  expect(NODE_ENV).toBe('')
  expect(Object.keys(settings).sort()).toEqual(names.sort())
  const table = [...readFileSync('README.md', 'utf8').matchAll(/^\| `([A-Z_]+)` +\|/gm)]
  const codes = table.map(([, name]) => name!).filter((name) => name in shown)
  expect([...new Set(codes)].sort()).toEqual([...names, 'NODE_ENV'].sort())
})

test('the values in .env.example are the defaults', () => {
  expect(readConfig(shown)).toEqual(readConfig({}))
})
