import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Package {
  readonly integrity?: string
  readonly hasInstallScript?: boolean
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  string,
  Record<string, unknown>
>
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Package>
}
const installed = Object.entries(packages).filter(([path]) => path !== '')

// What a host has too and hands to us, or gets from us: it must be one copy.
const shared = ['graphql', 'pino', 'zod']
// Of the driver of SQLite there are two: each is for other releases of Node.
const isPinned = /^\d+\.\d+\.\d+(-[\w.]+)?( \|\| \d+\.\d+\.\d+)?$/

test('every dependency is pinned to its versions', { tags: ['K13'] }, () => {
  const versions = { ...manifest['dependencies'], ...manifest['devDependencies'] }
  expect(Object.keys(versions).length).toBeGreaterThan(20)
  for (const [name, version] of Object.entries(versions))
    expect([name, version]).toEqual([
      name,
      expect.stringMatching(shared.includes(name) ? /^\^\d+\.\d+\.\d+$/ : isPinned),
    ])
})

test('every installed package has a known hash', { tags: ['K13'] }, () => {
  expect(installed.length).toBeGreaterThan(100)
  for (const [path, { integrity }] of installed)
    expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)])
})

test('no package outside the list runs a script at its installation', { tags: ['K13'] }, () => {
  const named = (path: string) =>
    path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const scripts = installed
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => named(path))
  expect(scripts.length).toBeGreaterThan(0)
  expect(Object.keys(manifest['allowScripts']!)).toEqual(
    expect.arrayContaining([...new Set(scripts)]),
  )
})
