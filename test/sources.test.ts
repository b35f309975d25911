import { describe, expect, test } from 'vitest'
import { circlesIn, withFoldersAsOne } from './sources/circles.ts'
import { parse, readTexts } from './sources/read.ts'
import { rules } from './sources/rules.ts'

const texts = readTexts()

test('the files of src are found and read', () => {
  expect(texts.size).toBeGreaterThan(40)
  expect(parse(texts).flatMap(({ imports }) => imports).length).toBeGreaterThan(texts.size)
})

describe.each(rules)('$title', ({ title, find, planted }) => {
  test(`the project keeps to the rule: ${title}`, () => {
    expect(find(parse(texts))).toEqual([])
  })

  test(`what is planted to break the rule is found: ${title}`, () => {
    for (const [path, text] of planted) {
      const found = find(parse(new Map([...texts, [path, text]])))
      expect([text, found.map((line) => line.split(' ')[0])]).toEqual([text, [path]])
    }
  })
})

test('no file imports itself through others, not even for a type or later', () => {
  expect(circlesIn(parse(texts))).toEqual([])
})

test('no folder inside a room imports itself through others', () => {
  expect(circlesIn(withFoldersAsOne(parse(texts)))).toEqual([])
})

test('a planted circle of two folders is found', () => {
  const planted = new Map([
    ...texts,
    ['src/auth/a/one.ts', `import { two } from '../b/two.ts'`],
    ['src/auth/b/three.ts', `import { four } from '../a/four.ts'`],
  ])
  const circle = 'src/auth/a > src/auth/b > src/auth/a'
  expect(circlesIn(withFoldersAsOne(parse(planted)))).toEqual([circle])
})

test.each([
  [`import type { B } from './b.ts'`, `import { a } from './a.ts'`],
  [`const load = () => import('./b.ts')`, `import type { A } from './a.ts'`],
  [`type B = import('./b.ts').B`, `export * from './a.ts'`],
])('a planted circle is found: %s, and %s', (first, second) => {
  const planted = new Map([...texts, ['src/auth/a.ts', first], ['src/auth/b.ts', second]])
  expect(circlesIn(parse(planted))).toEqual(['src/auth/a.ts > src/auth/b.ts > src/auth/a.ts'])
})

test('the library has one barrel, and it exports whole the files of interfaces that its users merge with', () => {
  const lines = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/^export \* from .*$/gm)].map(([line]) => `${path}: ${line}`),
  )
  expect(lines).toEqual([
    "src/index.ts: export * from './graphql/named-types.ts'",
    "src/index.ts: export * from './session/record/session-data.ts'",
  ])
})
