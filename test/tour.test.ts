import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createUser } from '../src/auth/users/new-user.ts'
import { password, startServer } from './harness.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import { programOrSkip } from './programs.ts'

// What README.md and docs/operate.md have their readers type, typed.
const run = promisify(execFile)
const curl = programOrSkip('curl')

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-tour-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The shell of one section of a document. */
function shellOf(file: string, heading: string): string[] {
  const [section = ''] = (readFileSync(file, 'utf8').split(`${heading}\n`)[1] ?? '').split(/^##/m)
  return [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text.trim())
}

/** What a comment says of an answer: ids and instants are those of another run, and an ellipsis stands for more. */
function patternOf(comment: string): RegExp {
  const text = comment
    .replaceAll(/^# */gm, '')
    .replaceAll('\n', '')
    .replaceAll(/[$()*+.?[\]^{|}]/g, String.raw`\$&`)
    .replaceAll(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"[^"]+"')
    .replaceAll(/[\da-f]{4}[\da-f-]+…/g, String.raw`[\da-f-]+`)
    .replaceAll('…', '.*')
  return new RegExp(`^${text}$`)
}

test.skipIf(curl === null)(
  'the tour of the README, typed as it stands, answers what the README says',
  async () => {
    const server = await startServer()
    const { db, passwords } = server.app
    await createUser(db, passwords, { username: 'admin', password, isStaff: true })
    const cwd = scratch()
    const [helper = '', ...steps] = shellOf('README.md', '## Five minutes with curl').flatMap(
      (block) => block.split('\n\n'),
    )
    let compared = 0
    for (const step of steps) {
      const [typed = '', ...comments] = step.split(/^(?=# )/m)
      const ada = await db.session.findFirst({
        where: { user: { username: 'ada' }, endedAt: null },
      })
      const script = `${helper}\n${typed}`
        .replaceAll('http://127.0.0.1:4000', server.url)
        .replace('what the server printed', password)
        .replace(/\b[\da-f]{64}\b/, ada?.id ?? '')
        .replace('curl -N', 'curl -N --max-time 1 || true')
      const { stdout } = await run('bash', ['-ec', script], { cwd })
      if (typed.startsWith('tail') || comments.length === 0) continue
      expect(stdout.trim()).toMatch(patternOf(comments.join('').trim()))
      compared += 1
    }
    expect(compared).toBe(14)
    await server.stop()
  },
)

test('the server of the README is that of docs/library.md, where a test runs it', () => {
  const [readme, library] = ['README.md', 'docs/library.md'].map((file) => {
    const [, program = ''] = /```js\n(.*?)```/s.exec(readFileSync(file, 'utf8')) ?? []
    return program.replace('// server.mjs\n', '')
  })
  expect(readme).toBe(library)
})

test.skipIf(postgresqlProgram === null)(
  'what docs/operate.md has an operator type, from a database of its own to a server that check finds fit, works',
  async () => {
    const postgres = await startPostgresql()
    onTestFinished(() => postgres.stop())
    const [block = ''] = shellOf('docs/operate.md', '## From nothing to HTTPS')
    // From the database to the check: what stands before installs, and what comes after needs a machine of its own.
    const typed = block.slice(
      block.indexOf('# A user of the database'),
      block.indexOf('cp deploy/'),
    )
    const folder = scratch()
    const script = typed
      .replace(
        'su postgres -c psql',
        `psql -q postgresql://test@127.0.0.1:${postgres.port}/postgres`,
      )
      .replace('@127.0.0.1/coatcheck', `@127.0.0.1:${postgres.port}/coatcheck`)
      .replaceAll('/etc/coatcheck.env', join(folder, 'coatcheck.env'))
      .replaceAll('/usr/local/bin/', `${folder}/`)
      .replaceAll('/opt/coatcheck/', `${process.cwd()}/`)
      .replace('coatcheck check ', 'coatcheck check || true ')
    const path = `${folder}:${dirname(postgresqlProgram!)}:${process.env['PATH']}`
    const env = { PATH: path, HOME: process.env['HOME'] ?? '/' }
    const { stdout } = await run('bash', ['--norc', '-eo', 'pipefail', '-c', script], { env })
    expect(stdout).toMatch(/^Applied .*settings were judged/ms)
    // The PostgreSQL of tests keeps nothing through a loss of power, which check says.
    const errors = [...stdout.matchAll(/^ERROR +(\S+)/gm)].map(([, about]) => about)
    expect(errors.filter((about) => about !== 'DATABASE_URL')).toEqual([])
  },
)
