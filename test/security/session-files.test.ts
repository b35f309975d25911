import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createVisitor, startServer } from '../harness.ts'
import { startProcess } from '../process.ts'
import { programOrSkip } from '../programs.ts'

const prlimit = programOrSkip('prlimit')
const write =
  'mutation ($value: JSON!) { setSessionValue(key: "note", value: $value) { __typename ... on Error { code } } }'
const look = '{ me { username } session { id value(key: "note") } }'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const settings = () => ({ SESSION_ENGINE: 'file', SESSION_FILE_PATH: join(folder, 'sessions') })
const below = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()

describe('session files', { meta: { engine: 'the file engine' } }, () => {
  // A limit on the size of files stops a write in the middle, as a full disk does.
  test.skipIf(prlimit === null)(
    'a session file that the disk has no room for is an error, and what was there stays',
    { tags: ['H14'] },
    async () => {
      const server = await startProcess(folder, settings())
      try {
        const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', null)
        await visitor.data(write, { value: 'before' })
        execFileSync(prlimit!, ['--pid', String(server.child.pid), '--fsize=8192:unlimited'])
        const { status, errors, setCookie } = await visitor.send(write, {
          value: 'x'.repeat(20_000),
        })
        expect([status, setCookie]).toEqual([503, []])
        expect(errors).toMatchObject([{ extensions: { code: 'SESSION_STORE_UNAVAILABLE' } }])
        expect((await visitor.data(look)).session.value).toBe('before')
        execFileSync(prlimit!, ['--pid', String(server.child.pid), '--fsize=unlimited:unlimited'])
        await visitor.data(write, { value: 'after' })
        expect((await visitor.data(look)).session.value).toBe('after')
      } finally {
        await server.stop()
      }
    },
  )

  test(
    'session files are for their owner only, whatever the process would let others do',
    { tags: ['H15'] },
    async () => {
      const umask = process.umask(0)
      try {
        const server = await startServer(settings())
        const visitor = await server.signedIn('private')
        await visitor.data(write, { value: 'kept' })
        const modes = ['.', ...below(join(folder, 'sessions'))].map((name) => {
          const entry = statSync(join(folder, 'sessions', name))
          return [entry.isDirectory(), entry.mode & 0o777]
        })
        expect(modes.length).toBeGreaterThan(4)
        expect(
          modes.filter(([isDirectory, mode]) => mode !== (isDirectory ? 0o700 : 0o600)),
        ).toEqual([])
        await server.stop()
      } finally {
        process.umask(umask)
      }
    },
  )

  test('session files have names that no visitor chooses', { tags: ['H16'] }, async () => {
    const server = await startServer(settings())
    const owner = server.visitor()
    await owner.data(write, { value: 'kept' })
    const { id } = (await owner.data(look)).session
    const before = below(folder)
    for (const cookie of [
      '../../etc/passwd',
      `../${id}`,
      `${id.slice(0, 2)}/${id}`,
      '..%2f..%2fetc%2fpasswd',
      '.',
      '..',
      '/',
      'staging',
      id,
      `${'A'.repeat(40)}/..`,
      'a\\b',
      '%00',
    ]) {
      const seen = await server.visitor(cookie).data(look)
      expect([cookie, seen]).toEqual([cookie, { me: null, session: { id: null, value: null } }])
    }
    expect(below(folder)).toEqual(before)
    for (const cookie of ['../../../escape', `../${id}`])
      await server.visitor(cookie).data(write, { value: 'new' })
    const added = below(folder).filter((name) => !before.includes(name))
    expect(added.length).toBeGreaterThan(0)
    for (const name of added)
      expect(name).toMatch(/^sessions\/([0-9a-f]{2}|staging)(\/[0-9a-f.]+(json|current)?)*$/)
    await server.stop()
  })
})
