import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { runInTerminal, scriptProgram } from './pseudo-terminal.ts'

const [ctrlC, ctrlD] = ['\u0003', '\u0004']

describe.skipIf(scriptProgram === null)('a prompt without an answer', () => {
  let server: TestServer
  const SECRET_KEY = 'Zk3vYxqJm0kS9dTzWn7RfUe2LhBgAoCi5Q8M4Et'
  beforeAll(async () => {
    server = await startServer({ SECRET_KEY })
    await server.signedIn('ada')
  })
  afterAll(() => server.stop())

  const environment = () => ({ DATABASE_URL: `file:${server.folder}/test.db`, SECRET_KEY })
  const typing = (words: readonly string[], ...typed: { at: string; keys: string }[]) =>
    runInTerminal(words, {
      folder: server.folder,
      columns: 80,
      environment: environment(),
      typed,
    })
  const hashes = () => server.app.db.user.findMany({ select: { passwordHash: true } })
  const live = () => server.app.db.session.count({ where: { endedAt: null } })

  test.each([
    ['End every session in', ['sessions', 'revoke', '--all']],
    ['End every session of ada in', ['sessions', 'revoke', '--username', 'ada']],
    ['Erase the user ada for good?', ['users', 'delete', 'ada']],
    ['Password:', ['change-password', 'ada']],
    ['Username:', ['create-superuser']],
    ['Password:', ['create-superuser', '--username', 'grace']],
  ])(
    'Ctrl-D at the prompt "%s" of %j does nothing, says so and exits with 1',
    async (at, words) => {
      const before = [await hashes(), await live()]
      const { code, screen } = await typing(words, { at, keys: ctrlD })
      expect([code, screen.trimEnd().endsWith('Nothing was done.')]).toEqual([1, true])
      expect([await hashes(), await live()]).toEqual(before)
      expect(before[1]).toBe(1)
    },
  )

  test.each([
    [['sessions', 'revoke', '--all']],
    [['change-password', 'ada']],
    [['create-superuser']],
  ])(
    'Ctrl-D typed before the prompt of %j is there does nothing, says so and exits with 1',
    async (words) => {
      const before = [await hashes(), await live()]
      const { code, screen } = await typing(words, { at: '', keys: ctrlD })
      expect([code, screen.trimEnd().endsWith('Nothing was done.')]).toEqual([1, true])
      expect([await hashes(), await live()]).toEqual(before)
    },
  )

  test('Ctrl-D in place of the repeated password leaves the old password', async () => {
    const before = await hashes()
    const { code, screen } = await typing(
      ['change-password', 'ada'],
      { at: 'Password:', keys: `${password}, and more\r` },
      { at: 'Password (again):', keys: ctrlD },
    )
    expect([code, screen.trimEnd().endsWith('Nothing was done.')]).toEqual([1, true])
    expect(await hashes()).toEqual(before)
  })

  test('Ctrl-C at the prompt for a password exits with 130 and leaves the old password', async () => {
    const before = await hashes()
    const { code } = await typing(['change-password', 'ada'], { at: 'Password:', keys: ctrlC })
    expect([code, await hashes()]).toEqual([130, before])
  })

  test('a terminal that closes at the prompt for a password ends the command by SIGHUP, and not by a crash', async () => {
    const before = await hashes()
    const ended = join(server.folder, 'ended')
    const command = `'${process.execPath}' '${resolve('dist/main.js')}' change-password ada`
    const { PATH, HOME } = process.env
    const terminal = spawn(
      scriptProgram ?? 'script',
      ['-qec', `trap : HUP; ${command}; echo $? > '${ended}'`, '/dev/null'],
      { cwd: server.folder, env: { PATH, HOME, ...environment(), TERM: 'xterm' } },
    )
    terminal.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Password:')) terminal.kill('SIGKILL')
    })
    const codeOf = () => (existsSync(ended) ? readFileSync(ended, 'utf8') : '')
    await expect.poll(codeOf, { timeout: 20_000 }).toBe('129\n')
    expect(await hashes()).toEqual(before)
  })

  test('a "yes" that comes together with Ctrl-D is an answer', async () => {
    const { code, screen } = await typing(['sessions', 'revoke', '--username', 'ada'], {
      at: 'End every session of ada in',
      keys: `y\r${ctrlD}`,
    })
    expect([code, await live()]).toEqual([0, 0])
    expect(screen).toContain('Ended 1 session')
  })
})
