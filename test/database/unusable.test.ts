import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { DatabaseUnusable } from '../../src/database/errors.ts'
import { runCommand } from '../process.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-unusable-'))
  writeFileSync(
    join(folder, 'letter.txt'),
    'This is a letter, and no database at all. '.repeat(100),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const kind = databaseKind('file:any')
const urlOf = (name: string) => `file:${join(folder, name)}`

test.skipIf(!existsSync('/proc/self'))(
  'a database folder that the system does not let the server make is an error, and the server does not try for ever',
  async () => {
    const made = kind.migrate('file:/proc/coatcheck/shop.db')
    await expect(made).rejects.toThrow(/^DATABASE_URL: [^\n]*$/)
  },
)

test.each([
  ['a file that is no database', 'letter.txt', /not a database/],
  ['a folder', '.', /EISDIR|directory/],
  ['a folder that cannot be made', 'letter.txt/data/shop.db', /ENOTDIR|EEXIST/],
  ['a parameter, which SQLite does not know', 'shop.db?connection_limit=1', /connection_limit/],
])(
  '%s in DATABASE_URL is refused by a sentence that names the setting',
  async (_what, name, reason) => {
    for (const use of [kind.migrate, (url: string) => kind.open(url, {})]) {
      const error = await use(urlOf(name)).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(DatabaseUnusable)
      const { message } = error as Error
      expect(message).toMatch(/^DATABASE_URL: [^\n]*$/)
      expect(message).toMatch(reason)
    }
  },
)

describe('a file that another program has locked', () => {
  test('pending migrations of a database file that another program has locked fail with a sentence, and timers go on meanwhile', async () => {
    const path = join(folder, 'fresh.db')
    const other = new BetterSqlite3(path)
    other.exec('CREATE TABLE theirs (id); BEGIN EXCLUSIVE')
    let ticks = 0
    const timer = setInterval(() => ticks++, 10)
    try {
      await expect(kind.migrate(`file:${path}`, { lockTime: 300 })).rejects.toThrow(
        /^DATABASE_URL: .*locked by another program/,
      )
      expect(ticks).toBeGreaterThan(3)
    } finally {
      clearInterval(timer)
      other.close()
    }
    expect(await kind.migrate(`file:${path}`)).not.toEqual([])
  })

  test('a server starts on a database file that another program has locked where no migration is pending', async () => {
    const url = urlOf('ready.db')
    await kind.migrate(url)
    const first = await kind.open(url, {})
    const other = new BetterSqlite3(join(folder, 'ready.db'))
    other.exec('BEGIN IMMEDIATE')
    try {
      expect(await kind.migrate(url, { lockTime: 0 })).toEqual([])
      const second = await kind.open(url, {})
      expect(await second.user.count()).toBe(0)
      await second.$disconnect()
    } finally {
      other.close()
      await first.$disconnect()
    }
  })
})

test.each([
  ['serve', urlOfLetter, /not a database/],
  ['migrate', () => 'postgresql://ada:s3#cret@host/shop', /cannot be read as a URL/],
  ['clear-sessions', () => 'postgresql://ada@127.0.0.1:1/shop?max=3', /no parameter max/],
])(
  'coatcheck %s on an unusable database ends with code 4, one sentence and no stack',
  async (command, url, reason) => {
    const { code, output, errors } = await runCommand(folder, [command], { DATABASE_URL: url() })
    expect([code, output]).toEqual([4, ''])
    expect(errors).toMatch(/^DATABASE_URL: [^\n]+\n$/)
    expect(errors).toMatch(reason)
    expect(errors).not.toMatch(/cret/)
  },
)

function urlOfLetter(): string {
  return urlOf('letter.txt')
}
