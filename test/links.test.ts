import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { isUnnamed } from './sources/rules.ts'

// Every link of every document to another file, and to a heading within it. Addresses of other sites are not asked.
const documents = [
  ...markdownIn('.'),
  ...markdownIn('docs'),
  ...markdownIn('docs/decisions'),
  ...readdirSync('examples').flatMap((name) =>
    statSync(join('examples', name)).isDirectory() ? markdownIn(join('examples', name)) : [],
  ),
]

function markdownIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .toSorted()
}

/** The title of docs/operate.md. */
const title = 'run-it'

/** The text without what is code, in which brackets are no link. */
function proseOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/^(`{3,}|~{3,}).*?^\1/gms, '')
    .replaceAll(/`[^`\n]*`/g, '`')
}

/** The names that a heading of this document is linked by, as GitHub makes them. */
function anchorsOf(path: string): Set<string> {
  const text = readFileSync(path, 'utf8').replaceAll(/^(`{3,}|~{3,}).*?^\1/gms, '')
  const seen = new Map<string, number>()
  const headings = [...text.matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
  const given = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name = '']) => name)
  return new Set([...headings, ...given])
}

test('the check of links looks at the README and at all of docs/', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/operate.md']))
  expect(documents.length).toBeGreaterThan(40)
})

test('the first link of docs/operate.md leads to the runbook, and its head to every section', () => {
  const [head = '', ...rest] = readFileSync('docs/operate.md', 'utf8').split(/^## /m)
  const links = [...head.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)
  expect(links[0]).toBe('runbook.md')
  expect(rest.length).toBeGreaterThan(5)
  const sections = [...anchorsOf('docs/operate.md')].filter((anchor) => anchor !== title)
  for (const anchor of sections) expect(links).toContain(`#${anchor}`)
})

test.each(documents)(
  'every link in %s leads to a file that is there, and to a heading in it',
  (path) => {
    const text = proseOf(path)
    const targets = [
      ...[...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target = '']) => target),
      ...[...text.matchAll(/^\[[^\]]+\]: +(\S+)/gm)].map(([, target = '']) => target),
      ...[...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map(([, target = '']) => target),
    ].filter((target) => !/^(https?|mailto):/.test(target))
    const broken = targets.filter((target) => {
      const [file = '', anchor] = decodeURI(target).split('#')
      const to = file === '' ? path : normalize(join(dirname(path), file))
      if (!existsSync(to)) return true
      if (anchor === undefined || anchor === '') return false
      if (/^L\d+(-L\d+)?$/.test(anchor)) return false
      return statSync(to).isDirectory() || !anchorsOf(to).has(anchor)
    })
    expect(broken).toEqual([])
  },
)

test('every guide in docs/ is linked to from the README or from a guide that is', () => {
  const reached = new Set(['README.md'])
  for (const path of reached)
    for (const [, target = ''] of proseOf(path).matchAll(/\]\(([^)#\s]+\.md)[^)]*\)/g))
      if (!target.includes(':') && existsSync(join(dirname(path), target)))
        reached.add(normalize(join(dirname(path), target)))
  expect(markdownIn('docs').filter((path) => !reached.has(path))).toEqual([])
})

test('every sentence of the documents names its actor: none says whoever, nobody, somebody or no one', () => {
  const others = documents.filter((path) => path !== 'CONTRIBUTING.md') // which has the rule
  expect(others.filter((path) => isUnnamed.test(proseOf(path)))).toEqual([])
})
