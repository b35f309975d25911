import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen } from './client.ts'
import type { Listening } from './client.ts'
import { outcomeOf } from './recorder.ts'
import type { Kind } from './history.ts'

const answered = (error: string | null) => ({ how: 'answered' as const, error })
const down = 'SESSION_STORE_UNAVAILABLE: The session store is not available.'

describe('the recorder', () => {
  const kinds: Kind[] = ['write', 'login', 'change password', 'revoke user', 'deactivate', 'expire']

  test.each(kinds)(
    'a %s that is answered 503 counts as refused, unless it says that it may have been stored',
    (kind) => {
      expect(outcomeOf(kind, answered(down))).toBe('refused')
      const open = `${down} The change may have been stored all the same.`
      expect(outcomeOf(kind, answered(open))).toBe('unknown')
    },
  )

  test('a session that ended before the change was stored counts as refused, and what only a part was done of as unknown', () => {
    expect(outcomeOf('change password', answered('SESSION_INTERRUPTED: …'))).toBe('refused')
    expect(outcomeOf('revoke others', answered(null))).toBe('unknown')
    expect(outcomeOf('revoke others', answered(null), true)).toBe('done')
  })
})

describe('a stream that is listened to', () => {
  const next = (reason: string) =>
    `event: next\ndata: {"data":{"sessionEvents":{"__typename":"SessionEnded","reason":"${reason}"}}}\n\n`
  const complete = 'event: complete\ndata:\n\n'

  /** Says these parts one after another, and ends. */
  async function hear(...parts: string[]): Promise<Awaited<Listening['over']>> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      parts.forEach((part) => response.write(part))
      response.end()
    })
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const listening = await listen(`http://127.0.0.1:${port}`, 'key')
    return (await listening?.over) ?? { how: 'broken' }
  }

  test('a stream that says an end once has ended, in however many parts it comes', async () => {
    const all = next('LOGOUT') + complete
    expect(await hear(':\n\n', all)).toEqual({ how: 'ended', reason: 'LOGOUT' })
    const halves = await hear(all.slice(0, 90), all.slice(90))
    expect(halves).toEqual({ how: 'ended', reason: 'LOGOUT' })
  })

  test('a stream that says a second end is noticed, whatever its reason', async () => {
    for (const second of ['LOGOUT', 'REVOKED'])
      expect(await hear(next('LOGOUT'), next(second), complete)).toMatchObject({ how: 'repeated' })
  })

  test('a stream that completes without an end, and one that breaks off, are told apart', async () => {
    expect(await hear(complete)).toEqual({ how: 'completed' })
    expect(await hear(':\n\n')).toEqual({ how: 'broken' })
  })
})
