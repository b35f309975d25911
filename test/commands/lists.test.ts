import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { runCommand } from '../process.ts'
import { runInTerminal, scriptProgram } from './pseudo-terminal.ts'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

// The lists of the commands, beside a server that is running on the same database.
let folder: string
let server: TestServer
let environment: Record<string, string>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-lists-'))
  environment = { DATABASE_URL: `file:${join(folder, 'lists.db')}`, SECRET_KEY: 'k'.repeat(32) }
  server = await startServer(environment)
  for (const name of ['ada', 'ben', 'cid']) await server.signedIn(name)
  for (let guests = 0; guests < 2; guests++)
    await server.visitor().send('mutation { setSessionValue(key: "a", value: 1) { __typename } }')
  const { db } = server.app
  const ada = { user: { username: 'ada' } }
  await db.session.updateMany({ data: { ipAddress: '192.0.2.1' } })
  await db.session.updateMany({
    where: ada,
    data: { userAgent: firefox, ipAddress: '2001:db8::7', lastSeenAt: new Date(Date.now() - 9e7) },
  })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...words: string[]) => runCommand(folder, words, environment)

interface Entry {
  readonly id: string
  readonly cursor: string
  readonly device: string | null
  readonly user: { readonly username: string } | null
}

const read = async (...words: string[]): Promise<Entry[]> =>
  JSON.parse((await run(...words, '--json')).output)

test('sessions list finds by the fields of /admin: who is signed in, guests, address, browser, and how long idle', async () => {
  const names = async (...words: string[]) =>
    (await read('sessions', 'list', ...words)).map(({ user }) => user?.username ?? 'guest').sort()
  expect(await names()).toEqual(['ada', 'ben', 'cid', 'guest', 'guest'])
  expect(await names('--signed-in')).toEqual(['ada', 'ben', 'cid'])
  expect(await names('--guests')).toEqual(['guest', 'guest'])
  expect(await names('--address', '2001:db8::7')).toEqual(['ada'])
  expect(await names('--browser', 'FIREFOX')).toEqual(['ada'])
  expect(await names('--idle-for', '1d')).toEqual(['ada'])
  expect(await names('--idle-for', '2d')).toEqual([])
  expect(await names('--username', 'BEN', '--signed-in', '--address', '192.0.2.1')).toEqual(['ben'])
  expect(await names('--status', 'ENDED', '--signed-in')).toEqual([])
})

test('sessions list names the device of each session, and so does sessions show', async () => {
  const [ada] = await read('sessions', 'list', '--username', 'ada')
  expect(ada?.device).toBe('Firefox on Linux')
  expect((await run('sessions', 'list')).output).toMatch(/^[0-9a-f]{16} +ada +Firefox on Linux /m)
  expect((await run('sessions', 'show', ada!.id)).output).toMatch(/^device +Firefox on Linux$/m)
})

test.each([
  ['sessions list'],
  ['sessions list --status ANY --address 192.0.2.1'],
  ['sessions list --username ada'],
  ['users list'],
  ['users list --search a'],
  ['audit list'],
  ['audit list --username ada'],
  ['audit list --type LOGIN'],
])('the pages of %s by --after and --limit are the whole list', async (line) => {
  const words = line.split(' ')
  const all = await read(...words)
  const paged: Entry[] = []
  for (let after: string[] = []; ;) {
    const page = await read(...words, '--limit', '2', ...after)
    paged.push(...page)
    const last = page.at(-1)
    if (!last) break
    after = ['--after', last.cursor]
  }
  expect(all.length).toBeGreaterThan(0)
  expect(paged).toEqual(all)
})

test('a search of sessions list goes on where that of /admin would stop and offer to look further back', async () => {
  const { db } = server.app
  const [newest] = await db.session.findMany({ orderBy: { createdAt: 'desc' }, take: 1 })
  const rows = Array.from({ length: 2_500 }, (_, at) => ({
    id: `${at}`.padStart(64, 'f'),
    createdAt: new Date(newest!.createdAt.getTime() + 1),
    lastSeenAt: new Date(),
    expiresAt: new Date(Date.now() + 1e6),
    ipAddress: '192.0.2.9',
  }))
  await db.session.createMany({ data: rows })
  const filter = { authenticated: true, status: 'ANY' } as const
  expect(await server.app.sessions.search(filter, null, 50)).toMatchObject({
    rows: [],
    isCut: true,
  })
  const found = await read('sessions', 'list', '--signed-in', '--status', 'ANY')
  expect(found.map(({ user }) => user?.username)).toEqual(['cid', 'ben', 'ada'])
  await db.session.deleteMany({ where: { ipAddress: '192.0.2.9' } })
})

test.each([
  ['sessions list --after x', 2],
  ['sessions list --guests --signed-in', 2],
  ['sessions list --guests --username ada', 2],
  ['sessions list --address 192.0.2', 2],
  ['sessions list --idle-for yesterday', 2],
  ['sessions list --username nobody --signed-in', 1],
])('coatcheck %s is refused with a sentence on standard error and code %i', async (line, code) => {
  const found = await run(...line.split(' '))
  expect([found.code, found.output]).toEqual([code, ''])
  expect(found.errors).not.toBe('')
})

test('a cursor of one list is refused by the others', async () => {
  const [session] = await read('sessions', 'list', '--limit', '1')
  for (const list of ['users', 'audit'])
    expect(await run(list, 'list', '--after', session!.cursor)).toMatchObject({
      code: 2,
      errors: `--after takes a cursor of "${list} list".\n`,
    })
})

test.skipIf(scriptProgram === null)(
  'at a terminal a list says how to see what comes after it, and that there is more only where there is',
  async () => {
    const [newest, second] = await read('users', 'list', '--limit', '2')
    const show = async (...words: string[]) =>
      (await runInTerminal(['users', 'list', ...words], { folder, columns: 80, environment }))
        .screen
    expect(await show('--limit', '1')).toContain(`There are more: --after ${newest!.cursor}`)
    expect(await show('--after', second!.cursor)).not.toContain('There are more')
  },
)
