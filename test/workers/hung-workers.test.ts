import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { runFewWorkers } from './run-few-workers.ts'
import type { FewWorkers } from './run-few-workers.ts'

let running: FewWorkers
const said = (message: string) => running.said(message)
const killed = () => running.killed()

beforeAll(async () => {
  running = await runFewWorkers()
})
afterAll(() => running.end())

/** What the server answers on a connection of this agent's; 'broken off' where the connection ends without an answer. */
function ask(agent: Agent, path = '/'): Promise<string> {
  return new Promise((done) => {
    const asked = get(`${running.url}${path}`, { agent }, (response) => {
      response.setEncoding('utf8').once('data', done)
    })
    asked.once('error', () => done('broken off'))
  })
}

function connection(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  return agent
}

test('a worker that was stopped for a second goes on, and answers on the connection it has', async () => {
  const client = connection()
  const victim = await ask(client)
  process.kill(Number(victim), 'SIGSTOP')
  const answer = ask(client)
  await sleep(1_000)
  process.kill(Number(victim), 'SIGCONT')
  expect(await answer).toBe(victim)
  expect(killed()).toEqual([])
})

test('a primary that stood still for longer than workers may be silent, and they with it, kills none of them', async () => {
  const all = [running.primary, ...running.workers()]
  for (const pid of all) process.kill(pid, 'SIGSTOP')
  await sleep(5_000)
  for (const pid of all) process.kill(pid, 'SIGCONT')
  await sleep(1_000)
  expect(killed()).toEqual([])
  expect(said('a worker has ended, another takes its place')).toEqual([])
})

test('a worker that was stopped by a signal is killed and replaced, and its clients get an answer from another', async () => {
  const client = connection()
  const victim = Number(await ask(client))
  process.kill(victim, 'SIGSTOP')
  expect(await ask(client)).toBe('broken off')
  expect(Number(await ask(client))).not.toBe(victim)
  await expect.poll(killed).toEqual([victim])
  await expect.poll(() => said('a worker serves').length, { timeout: 60_000 }).toBe(1)
})

test('workers that hang in endless loops, all of them, are killed and replaced one after the other', async () => {
  const before = said('a worker serves').length
  const hung = new Set<string>()
  while (hung.size < 2) {
    const client = connection()
    const pid = await ask(client)
    // The system may have given the connection to the one that hangs already.
    if (pid === 'broken off' || hung.has(pid)) continue
    hung.add(pid)
    void ask(client, '/loop')
  }
  await expect.poll(() => said('a worker serves').length, { timeout: 60_000 }).toBe(before + 2)
  expect(killed()).toEqual(expect.arrayContaining([...hung].map(Number)))
  expect(hung).not.toContain(await ask(connection()))
})
