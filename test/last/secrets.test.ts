import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createKey } from '../../src/session/key.ts'
import { loginDocument } from '../harness.ts'
import { openNote, readNotes, readOwnNotes } from '../witness/notes.ts'
import type { Note } from '../witness/notes.ts'
import { readAnswers, readLog, search } from '../witness/search.ts'
import { collectSecrets } from '../witness/secrets.ts'

// Runs after all other files, on what they wrote down.
const files = readNotes().filter((notes) => notes.length > 0)

test(
  'no log line and no answer of the whole run holds a session key, a password or another secret',
  { tags: ['A6', 'K12'] },
  async ({ skip }) => {
    skip(files.length === 0, 'No other test of this run has written anything down.')
    const notes = files.flat()
    const secrets = await collectSecrets(notes)
    const { logs, answers } = collectOutput(notes)
    const lines = sum(logs.map((text) => text.split('\n').length - 1))
    const bodies = sum(answers.map((text) => text.split(/HTTP\/1\.1 \d{3} /).length - 1))
    const bytes = sum([...logs, ...answers].map((text) => text.length))
    const { keys, passwords, others } = secrets
    console.log(
      `Searched ${lines} log lines and ${bodies} answers (${(bytes / 1e6).toFixed(1)} MB) of ${files.length} test files for ` +
        `${keys.size} session keys, ${passwords.size} passwords and ${others.size} other secrets.`,
    )
    expect(search([...logs, ...answers], secrets)).toEqual(new Map())

    // A few files, run by hand, use few secrets; all of them use many.
    if (files.length < 30) return
    expect(lines).toBeGreaterThan(1000)
    expect(bodies).toBeGreaterThan(1000)
    expect(keys.size).toBeGreaterThan(500)
    expect(passwords.size).toBeGreaterThan(10)
    expect(others.size).toBeGreaterThan(10)
  },
)

test('the search for secrets finds what a server gives away', async () => {
  const key = createKey()
  const [typed, written] = ['typed by "ada" \u00e9', 'written by hand']
  const [madeUp, kept] = [randomBytes(12).toString('base64url'), randomBytes(32).toString('hex')]
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.setHeader('set-cookie', `sessionid=${key}; Path=/`)
      response.write(`{"key":"${key.slice(0, 10)}`)
      response.end(`${key.slice(10)}","message":${JSON.stringify(`Not ${typed}, ${written}.`)}}`)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const query = `mutation { login(input: { username: "ada", password: "${written}" }) { code } }`
  for (const body of [
    { query, variables: {} },
    { query: loginDocument, variables: { username: 'ada', password: typed } },
  ]) {
    const headers = { cookie: 'other=1' }
    const options = { method: 'POST', headers, body: JSON.stringify(body) }
    await (await fetch(`http://127.0.0.1:${port}`, options)).text()
  }
  server.close()
  const welcome = `\n  First staff user: admin\n  Password:         ${madeUp}   (shown only this once)\n`
  openNote('print')(welcome)
  expect(await findOwn()).toEqual(
    new Set([key.slice(0, 16), JSON.stringify(typed).slice(1, -1), written]),
  )

  openNote('secret')(kept)
  openNote('log')(`{"secret":"${kept}","key":"${key.slice(0, 20)}…","password":"${madeUp}"}\n`)
  expect(await findOwn()).toContain(kept)
  expect(await findOwn()).toContain(madeUp)
})

async function findOwn(): Promise<Set<string>> {
  const notes = readOwnNotes()
  const { logs, answers } = collectOutput(notes)
  return new Set(search([...logs, ...answers], await collectSecrets(notes)).keys())
}

function collectOutput(notes: readonly Note[]): { logs: string[]; answers: string[] } {
  const logs = notes.filter(({ kind }) => kind === 'log' || kind === 'print').map(readLog)
  return { logs, answers: notes.filter(({ kind }) => kind === 'received').map(readAnswers) }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
