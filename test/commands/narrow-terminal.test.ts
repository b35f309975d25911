import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { widthOf } from '../../src/commands/terminal/text.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { runInTerminal, scriptProgram } from './pseudo-terminal.ts'

describe.skipIf(scriptProgram === null)('a narrow terminal', () => {
  let server: TestServer
  const SECRET_KEY = 'Zk3vYxqJm0kS9dTzWn7RfUe2LhBgAoCi5Q8M4Et'
  beforeAll(async () => {
    server = await startServer({ SECRET_KEY })
    await server.signedIn('a-name-of-thirty-letters-it-is')
    await server.signedIn('日本語の長い名前を持つ人')
    const row = { ipAddress: '2001:0db8:85a3:0000:0000:8a2e:0370:7334' }
    await server.app.db.session.updateMany({ data: row })
    await server
      .visitor()
      .send('mutation { login(input: { username: "none", password: "x" }) { __typename } }')
  })
  afterAll(() => server.stop())

  const commands = [
    ['config'],
    ['sessions', 'list'],
    ['sessions', 'list', '--status', 'ANY'],
    ['sessions', 'stats'],
    ['users', 'list'],
    ['users', 'show', 'a-name-of-thirty-letters-it-is'],
    ['audit', 'list'],
    ['status'],
    ['check', '--deploy'],
  ]
  test.each(
    commands.flatMap((words) =>
      [40, 60].map((columns) => [words.join(' '), columns, words] as const),
    ),
  )('no line of "%s" is longer than a terminal of %i columns', async (_title, columns, words) => {
    const { screen } = await runInTerminal(words, {
      folder: server.folder,
      columns,
      environment: {
        DATABASE_URL: `file:${server.folder}/test.db`,
        SECRET_KEY,
        PORT: new URL(server.url).port,
      },
    })
    const lines = stripVTControlCharacters(screen).split('\n')
    expect(lines.length).toBeGreaterThan(3)
    expect(lines.filter((line) => widthOf(line) > columns)).toEqual([])
  })

  test('a terminal of 40 columns is told what a table left out, in lines that fit', async () => {
    const { screen } = await runInTerminal(['sessions', 'list'], {
      folder: server.folder,
      columns: 40,
      environment: { DATABASE_URL: `file:${server.folder}/test.db`, SECRET_KEY },
    })
    const text = stripVTControlCharacters(screen)
    expect(text.replaceAll('\n', ' ')).toContain(
      'There is no room for DEVICE, EXPIRES, ADDRESS: widen the terminal, or give --json.',
    )
    expect(text).toMatch(/^ID +USER +LAST SEEN$/m)
    expect(text).toContain('a-name-of…')
  })
})
