import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  compile,
  installDependents,
  packagesOf,
  readManifest,
  runIn,
  strictest,
} from './dependents.ts'
import type { Dependents } from './dependents.ts'
import { examples, start } from './examples.ts'
import { describeGuides } from './guides.ts'

// The tarball that `npm publish` would send, installed once, and everything that a dependent does with it.
let dependents: Dependents
beforeAll(async () => {
  dependents = await installDependents()
})
afterAll(() => dependents.remove())

const inPackage = (path: string) => join(dependents.folder, 'node_modules/coatcheck', path)

test('the package is smaller than one megabyte', () => {
  expect(dependents.tarball.size).toBeLessThan(1_000_000)
})

test('the package holds what runs, its types and its licences, and no tests, sources, maps or settings', () => {
  const { files } = dependents.tarball
  const wanted =
    /^(package\.json|README\.md|LICENSE|dist\/(main|index|testing)\.js|dist\/THIRD-PARTY-LICENSES|dist\/program\/[\w.-]+\.js|dist\/types\/.+\.d\.ts|prisma\/migrations\/(sqlite|postgresql)\/\w+\/migration\.sql)$/
  expect(files.filter((path) => !wanted.test(path))).toEqual([])
  expect(files).toEqual(expect.arrayContaining(['dist/main.js', 'dist/index.js', 'README.md']))
})

test('no file of the package names a folder of the machine that built it', () => {
  const named = dependents.tarball.files.filter((path) => {
    const text = readFileSync(inPackage(path), 'latin1')
    return [resolve('.'), homedir()].some((folder) => text.includes(`${folder}/`))
  })
  expect(named).toEqual([])
})

test('an install brings no package that is deprecated or announces another Node than this one', () => {
  const warned = [...dependents.installed.matchAll(/(?:deprecated |package: ')(@?[^@']+)@/g)]
  const ours = packagesOf(dependents.folder)
  expect(warned.map(([, name = '']) => name).filter((name) => ours.has(name))).toEqual([])
  expect(dependents.installed).not.toMatch(/ERESOLVE|peer/)
})

test('one package of a dependent has a script at install, and its versions for Node 22 and newer have none', () => {
  const withScript = [...packagesOf(dependents.folder)].filter(
    ([, { hasInstallScript }]) => hasInstallScript,
  )
  expect(withScript.map(([name]) => name)).toEqual(['better-sqlite3'])
})

test('a dependent gets each export of the package, and reads its version', async () => {
  const program = `
    import * as library from 'coatcheck'
    import manifest from 'coatcheck/package.json' with { type: 'json' }
    console.log(typeof library.createApp, typeof library.readSettings, manifest.version)
    await import('coatcheck/dist/app.js').catch(({ code }) => console.log(code))
  `
  const printed = await runIn(dependents.folder, ['--input-type=module', '-e', program])
  const { version } = readManifest(dependents.folder)
  expect(printed.trim().split('\n')).toEqual([
    `function function ${version}`,
    'ERR_PACKAGE_PATH_NOT_EXPORTED',
  ])
})

test('coatcheck --version prints the version of the package', async () => {
  const command = join(dependents.folder, 'node_modules/.bin/coatcheck')
  const { version } = readManifest(dependents.folder)
  expect((await runIn(dependents.folder, [command, '--version'])).trim()).toBe(version)
})

describe('types', () => {
  test.each([
    // The declarations of all packages are checked once: it takes most of the time.
    ['NodeNext', 'NodeNext', false],
    ['ESNext', 'Bundler', true],
  ])(
    'the shop of the examples compiles with all checks on, as %s modules resolved as %s does',
    async (module, moduleResolution, skipLibCheck) => {
      const folder = join(dependents.folder, 'examples/express-shop')
      const said = await compile(folder, {
        extends: './tsconfig.json',
        compilerOptions: {
          module,
          moduleResolution,
          ...strictest,
          skipLibCheck,
          outDir: `dist-${moduleResolution}`,
        },
      })
      expect(said).toBe('')
    },
  )

  test('the engine and the backend of the examples have the types that they are declared with', async () => {
    const said = await compile(dependents.folder, {
      compilerOptions: {
        ...strictest,
        skipLibCheck: true,
        target: 'ES2023',
        module: 'NodeNext',
        types: ['node'],
        allowJs: true,
        checkJs: true,
        noEmit: true,
      },
      files: ['examples/custom-engine/server.js', 'examples/directory-backend/coatcheck.config.js'],
    })
    expect(said).toBe('')
  })
})

describe('examples', () => {
  test.each(examples)(
    'the example $name serves what its README says, and ends when it is asked to',
    async (example) => {
      const server = await start(dependents.folder, example)
      try {
        await example.walk(server.url)
      } finally {
        expect([await server.stop(), server.output()]).toEqual([0, expect.any(String)])
      }
    },
  )

  test('the engine of the examples keeps the contract of coatcheck/testing', async () => {
    const folder = join(dependents.folder, 'examples/custom-engine')
    const vitest = resolve('node_modules/vitest/vitest.mjs')
    const printed = await runIn(folder, [vitest, 'run', '--reporter=dot'])
    expect(printed).toMatch(/Tests +\d+ passed/)
  })
})

describeGuides(() => dependents.folder)
