import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { mostIds, readMessage, writeMessage } from '../../src/bus/message.ts'
import { createOutbox } from '../../src/bus/outbox.ts'
import { idOf } from '../../src/session/key.ts'
import type { SessionId, SessionKey } from '../../src/session/key.ts'

const from = randomBytes(8).toString('base64url')
const idsOf = (count: number) =>
  Array.from({ length: count }, (_, at) => idOf(`key ${at}` as SessionKey))

async function emptied(ids: readonly SessionId[]): Promise<readonly string[]> {
  const outbox = createOutbox(from)
  outbox.add(ids)
  let sent: readonly string[] = []
  await outbox.empty(async (texts) => (sent = texts))
  expect(outbox.isEmpty).toBe(true)
  return sent
}

test('a message of the bus is read as it was written, and the longest fits into a NOTIFY', () => {
  const messages = [
    { kind: 'ids', from, ids: idsOf(1) },
    { kind: 'ids', from, ids: idsOf(mostIds) },
    { kind: 'all', from },
    { kind: 'beat', from, beat: 7 },
  ] as const
  for (const message of messages) {
    const text = writeMessage(message)
    expect(readMessage(text)).toEqual(message)
    expect(Buffer.byteLength(text)).toBeLessThan(8000)
  }
})

test('the bus reads nothing in what is no message of its own', () => {
  const good = writeMessage({ kind: 'ids', from, ids: idsOf(2) })
  const garbage = [
    '',
    'hello',
    '1',
    `1 ${from}`,
    `1 ${from} s`,
    `1 ${from} s `,
    `1 ${from} s abc`,
    `1 ${from} a more`,
    `1 ${from} b`,
    `1 ${from} b -1`,
    `1 ${from} b ${'9'.repeat(16)}`,
    `1 short a`,
    `2${good.slice(1)}`,
    good.slice(0, -1),
    `${good}\n`,
    `${good}=`,
    `${good} ${good}`,
    good.repeat(200),
    '\0'.repeat(100),
    Buffer.from(good),
    null,
    undefined,
    7,
    { kind: 'all', from },
    [good],
  ]
  expect(garbage.map(readMessage)).toEqual(garbage.map(() => null))
})

test('the bus tells of four hundred ends, as one statement makes them, in three messages, with every id once', async () => {
  const ids = idsOf(400)
  const sent = await emptied([...ids, ...ids])
  expect(sent).toHaveLength(3)
  const read = sent
    .map(readMessage)
    .flatMap((message) => (message?.kind === 'ids' ? message.ids : []))
  expect(read.sort()).toEqual([...ids].sort())
})

test('the bus tells of ten thousand ends that wait in one message, which calls all streams', async () => {
  const sent = await emptied(idsOf(10_000))
  expect(sent.map(readMessage)).toEqual([{ kind: 'all', from }])
})

test('news that the bus could not send wait, together with later news', async () => {
  const [first, second] = idsOf(2) as [SessionId, SessionId]
  const outbox = createOutbox(from)
  outbox.add([first])
  const failing = outbox.empty(async () => {
    outbox.add([second])
    throw new Error('The line is lost.')
  })
  await expect(failing).rejects.toThrow('The line is lost.')
  const sent: string[] = []
  await outbox.empty(async (texts) => sent.push(...texts))
  expect(sent.map(readMessage)).toMatchObject([{ ids: expect.arrayContaining([first, second]) }])
})
