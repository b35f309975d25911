import { expect, test } from 'vitest'
import { createPasswordHasher } from '../../src/auth/passwords/password.ts'
import { createGate, createGateBefore } from '../../src/waiting/gate.ts'
import type { GateLoad } from '../../src/waiting/gate.ts'
import { createTurnsOfAll, createTurnsOfOne } from '../../src/workers/turns.ts'
import type { ToPrimary } from '../../src/workers/messages.ts'

/** Turns, and who was given one, in order. */
function watched(count: number, keptFor?: number) {
  const turns = createTurnsOfAll(count, keptFor)
  const given: string[] = []
  const take = (worker: number, id: number) =>
    turns.take(worker, id, () => given.push(`${worker}.${id}`))
  return { turns, given, take }
}

test('workers get as many turns as there are, and the next one when a turn ends, in the order they asked', () => {
  const { turns, given, take } = watched(2)
  take(1, 0)
  take(1, 1)
  take(2, 0)
  take(3, 0)
  expect(given).toEqual(['1.0', '1.1'])
  turns.end(1, 1)
  expect(given).toEqual(['1.0', '1.1', '2.0'])
  turns.end(1, 1) // again: it has none
  expect(given).toHaveLength(3)
  turns.end(2, 0)
  expect(given.at(-1)).toBe('3.0')
})

test('the turns of a worker that has ended go to others, and those that it waited for go to none', () => {
  const { turns, given, take } = watched(1)
  take(1, 0)
  take(1, 1)
  take(2, 0)
  turns.forget(1)
  expect(given).toEqual(['1.0', '2.0'])
  turns.end(2, 0)
  expect(given).toHaveLength(2)
})

test('a worker that never ends its turn, because a signal has stopped it, does not keep it from others', async () => {
  const { given, take } = watched(1, 20)
  take(1, 0)
  take(2, 0)
  await expect.poll(() => given).toEqual(['1.0', '2.0'])
})

test('a worker does its work when its turn comes, and says when it is over, also where it fails', async () => {
  const said: ToPrimary[] = []
  const { inTurn, give } = createTurnsOfOne((message) => said.push(message))
  let isDone = false
  const work = inTurn(async () => {
    isDone = true
    throw new Error('fails')
  })
  expect([isDone, said]).toEqual([false, [{ kind: 'take-turn', id: 0 }]])
  give(0)
  await expect(work).rejects.toThrow('fails')
  expect([isDone, said[1]]).toEqual([true, { kind: 'end-turn', id: 0 }])
})

test('a worker whose primary is gone waits for no turn', async () => {
  const { inTurn, end } = createTurnsOfOne(() => {})
  const waiting = inTurn(async () => 'waited')
  end()
  expect(await waiting).toBe('waited')
  expect(await inTurn(async () => 'at once')).toBe('at once')
})

/** Two workers whose turns are of one primary, which has one turn in all. */
function twoOfOneTurn() {
  const all = createTurnsOfAll(1)
  const gates = [1, 2].map((worker) => {
    const turns = createTurnsOfOne((message) => {
      if (message.kind === 'take-turn') all.take(worker, message.id, () => turns.give(message.id))
      if (message.kind === 'end-turn') all.end(worker, message.id)
    })
    return turns.inTurn
  })
  all.take(0, 0, () => {})
  return { gates, letIn: () => all.end(0, 0) }
}

const loadsOf = (watched: readonly { readonly load: GateLoad }[]) =>
  watched.map(({ load: { running, waiting } }) => ({ running, waiting }))

test('a hash that waits for the turn that all workers share counts as waiting, and not as running', async () => {
  const { gates, letIn } = twoOfOneTurn()
  const hashers = gates.map((inTurnOfAll) => createPasswordHasher({ inTurnOfAll }))
  const hashes = hashers.flatMap(({ hash }) => [1, 2, 3].map(() => hash('a password of a worker')))
  const allWait = { running: 0, waiting: 3 }
  expect(loadsOf(hashers)).toEqual([allWait, allWait])
  letIn()
  await Promise.all(hashes)
  const none = { running: 0, waiting: 0 }
  expect(loadsOf(hashers)).toEqual([none, none])
})

test('of two workers that share one turn one has a call that runs, and all other calls of both wait', async () => {
  const { gates, letIn } = twoOfOneTurn()
  const workers = gates.map((shared) => createGateBefore(shared, createGate(2)))
  let end = () => {}
  const isOver = new Promise<void>((resolve) => (end = resolve))
  const calls = workers.flatMap((inTurn) => [1, 2, 3].map(() => inTurn(() => isOver)))
  letIn()
  await new Promise(setImmediate)
  expect(loadsOf(workers)).toEqual([
    { running: 1, waiting: 2 },
    { running: 0, waiting: 3 },
  ])
  end()
  await Promise.all(calls)
})
