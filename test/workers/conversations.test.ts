import { expect, test } from 'vitest'
import { createConversations } from '../../src/workers/conversations.ts'
import type { ToPrimary, ToWorker } from '../../src/workers/messages.ts'
import { createRelay } from '../../src/workers/relay.ts'
import type { Fellow } from '../../src/workers/relay.ts'

/** Workers whose channels are calls. One whose `isFull` is set takes nothing until `empty` is called. */
function team(size: number) {
  const workers = Array.from({ length: size }, (_, at) => {
    const kept: (() => void)[] = []
    const member = {
      isFull: false,
      empty: () => kept.splice(0).forEach((take) => take()),
      ...createConversations((message) => relayed(fellow, message)),
    }
    const fellow: Fellow = {
      id: at,
      send(message, whenTaken) {
        const take = () => {
          member.take(JSON.parse(JSON.stringify(message)) as ToWorker)
          whenTaken()
        }
        kept.push(take)
        if (!member.isFull) queueMicrotask(member.empty)
        return !member.isFull
      },
    }
    return { ...member, member, fellow }
  })
  const alive = new Set(workers.map(({ fellow }) => fellow))
  const relay = createRelay(() => [...alive])
  function relayed(from: Fellow, message: ToPrimary): void {
    if (message.kind === 'tell') relay.tell(from, message.subject, message.message)
    if (message.kind === 'ask') relay.ask(from, message.id, message.subject, message.patience)
    if (message.kind === 'answer') relay.answer(from, message.id, message.answer)
  }
  return { workers, relay, alive }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what a worker tells reaches every other worker that hears of the subject, and not itself', async () => {
  const { workers } = team(3)
  const heard: unknown[] = []
  workers.forEach(({ hear }, at) => hear('ids', (message) => heard.push([at, message])))
  workers[0]!.tell('ids', ['a', 'b'])
  workers[0]!.tell('another subject', ['c'])
  await turn()
  expect(heard).toEqual([
    [1, ['a', 'b']],
    [2, ['a', 'b']],
  ])
})

test('a worker that takes nothing gets no more messages meanwhile, and is told then that it has missed some', async () => {
  const { workers } = team(2)
  const [first, second] = workers as [(typeof workers)[0], (typeof workers)[0]]
  const heard: unknown[] = []
  second.hear(
    'ids',
    (message) => heard.push(message),
    () => heard.push('missed'),
  )
  second.member.isFull = true
  for (let at = 0; at < 1000; at++) first.tell('ids', at)
  second.member.isFull = false
  second.member.empty()
  await turn()
  expect(heard).toEqual([0, 'missed'])
  first.tell('ids', 'after')
  await turn()
  expect(heard.at(-1)).toBe('after')
})

test('a question gets the answers of the workers that have one, and waits for none that has ended', async () => {
  const { workers, relay, alive } = team(5) // of which the last has nothing to answer yet
  const [asking, answering, failing, ending] = workers as [
    (typeof workers)[0],
    (typeof workers)[0],
    (typeof workers)[0],
    (typeof workers)[0],
  ]
  asking.answer('how many', () => 'not asked by itself')
  answering.answer('how many', async () => 7)
  failing.answer('how many', () => {
    throw new Error('cannot say')
  })
  ending.answer('how many', () => new Promise(() => {}))
  const answers = asking.ask('how many', 1_000)
  await turn()
  alive.delete(ending.fellow)
  relay.forget(ending.fellow)
  expect(await answers).toEqual([7])
})

test('a worker without others, or without a primary, gets no answers and does not wait', async () => {
  const [alone] = team(1).workers
  expect(await alone!.ask('anything', 1_000)).toEqual([])
  const orphan = createConversations(() => {})
  const open = orphan.ask('anything', 1_000)
  orphan.end()
  expect([await open, await orphan.ask('anything', 1_000)]).toEqual([[], []])
})
