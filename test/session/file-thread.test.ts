import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readdirSync } from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { encodeRecord } from '../../src/session/record/record.ts'
import { freshName } from '../../src/session/stores/file-disk.ts'
import { read, replace, start } from '../../src/session/stores/file-session.ts'
import { startFileThread } from '../../src/session/stores/file-thread.ts'
import type { FileThread } from '../../src/session/stores/file-thread.ts'
import { programOrSkip } from '../programs.ts'

const mkfifo = programOrSkip('mkfifo')

let folder: string
let thread: FileThread
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-thread-'))
  thread = startFileThread()
  await expect.poll(() => thread.isReady).toBe(true)
})
afterEach(() => {
  thread.end()
  rmSync(folder, { recursive: true })
})

describe('the thread that reads session files', { meta: { engine: 'the file engine' } }, () => {
  test.each([
    ['a short one', ''],
    ['one of more than 4 KB', 'long '.repeat(2_000)],
    ['letters of several bytes across a boundary', `x${'€'.repeat(2_000)}`],
  ])('the thread sees the session that the pool reads: %s', async (_what, note) => {
    const directory = await session(note)

    const first = await seen(directory)
    const version = (await replace(directory, first?.[0] ?? '', recordOf(`${note}!`))) as string

    expect(first?.[1]).toBe(encodeRecord(recordOf(note)))
    expect(await seen(directory)).toEqual([version, encodeRecord(recordOf(`${note}!`))])
    expect(await read(directory)).toMatchObject({ version, record: recordOf(`${note}!`) })
  })

  test('the thread answers each of many loads at once with its own session', async () => {
    const notes = Array.from({ length: 100 }, (_, at) => `note ${at}`)
    const directories = await Promise.all(notes.map((note) => session(note)))

    const strange: unknown[] = []
    const left = async () => {
      const found = await Promise.all(directories.map((directory) => thread.see(directory)))
      const texts = found.map((one) => one?.[1] ?? null)
      const isStrange = (text: string | null, at: number) =>
        text !== null && text !== encodeRecord(recordOf(`note ${at}`))
      strange.push(...texts.filter(isStrange))
      return texts.filter((text) => text === null).length
    }
    // A busy machine makes it late: then it leaves some of them to the pool.
    await expect.poll(left).toBe(0)

    expect(strange).toEqual([])
  })

  test.each<[string, (directory: string, content: string) => void]>([
    ['an absent one', (directory) => rmSync(directory, { recursive: true })],
    [
      'an empty directory',
      (directory) => (rmSync(directory, { recursive: true }), mkdirSync(directory)),
    ],
    [
      'a file in place of the directory',
      (directory) => (rmSync(directory, { recursive: true }), writeFileSync(directory, '')),
    ],
    ['content that is lost', (_directory, content) => rmSync(content)],
    [
      'a directory in place of the content',
      (_directory, content) => (rmSync(content), mkdirSync(content)),
    ],
    ['content of 64 KB', (_directory, content) => writeFileSync(content, 'x'.repeat(65_536))],
  ])(
    'the thread leaves to the pool what is no whole and short session: %s',
    async (_what, make) => {
      const [directory, other] = [await session('to be damaged'), await session('other')]
      const content = readdirSync(directory).find((name) => name.endsWith('.json')) ?? ''

      make(directory, join(directory, content))
      const both = await vi.waitFor(async () => {
        const found = await Promise.all([thread.see(directory), thread.see(other)])
        expect(found[1]).not.toBeNull()
        return found
      }, 30_000)

      expect([both[0], both[1]?.[1]]).toEqual([null, encodeRecord(recordOf('other'))])
    },
  )

  test.skipIf(mkfifo === null)(
    'a read that hangs in the thread leaves all loads to the pool until it ends',
    async () => {
      const [hanging, other] = [await session('hanging'), await session('other')]
      const pipe = makePipe(hanging)

      expect(await Promise.all([thread.see(hanging), thread.see(other)])).toEqual([null, null])
      expect([thread.isReady, thread.isBusy]).toEqual([false, true])
      await expect.poll(() => release(pipe)).toBe(true)

      await expect.poll(() => thread.isReady).toBe(true)
      expect(thread.isBusy).toBe(false)
      expect((await seen(other))?.[1]).toBe(encodeRecord(recordOf('other')))
    },
  )

  test.skipIf(mkfifo === null)(
    'a disk on which every read takes its time is left to the pool for a while',
    async () => {
      const slow = await Promise.all(Array.from({ length: 30 }, () => session('slow')))
      const pipes = slow.map((directory) => makePipe(directory))

      const found = Promise.all(slow.map((directory) => thread.see(directory)))
      let isReady: boolean | null = null
      void found.then(() => (isReady = thread.isReady))
      while (isReady === null || thread.isBusy) {
        await sleep(2)
        pipes.find((pipe) => release(pipe)) // one at a time, so that each takes its time
      }

      expect(await found).toEqual(slow.map(() => null))
      expect(isReady).toBe(false)
      const other = await session('other')
      await expect.poll(() => thread.isReady).toBe(true)
      expect((await seen(other))?.[1]).toBe(encodeRecord(recordOf('other')))
    },
  )

  test('a thread that ends leaves the loads that it held to the pool', async () => {
    const directory = await session('kept')
    const before = await seen(directory)

    const held = [thread.see(directory), thread.see(directory)]
    thread.end()
    const after = await Promise.all(held)

    for (const one of after) expect([null, before]).toContainEqual(one)
    await expect.poll(() => thread.isReady).toBe(false)
    expect(await thread.see(directory)).toBeNull()
    expect(thread.isBusy).toBe(false)
  })
})

/** What the thread sees there. It is asked again where it was late, as on a busy machine, and left the session to the pool. */
const seen = (directory: string) =>
  vi.waitFor(async () => {
    const found = await thread.see(directory)
    expect(found).not.toBeNull()
    return found
  }, 30_000)

/** Puts a pipe in place of a session's content: a read hangs until there is a writer. */
function makePipe(directory: string): string {
  const pipe = contentOf(directory)
  rmSync(pipe)
  execFileSync(mkfifo!, [pipe])
  return pipe
}

/** Ends a read that hangs. False where no thread reads it. */
function release(pipe: string): boolean {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENXIO' })
    return false
  }
}

/** The file that holds a session's content. */
function contentOf(directory: string): string {
  return join(directory, readdirSync(directory).find((name) => name.endsWith('.json')) ?? 'none')
}

/** A session with that note, and its directory. */
async function session(note: string): Promise<string> {
  const directory = join(folder, freshName())
  await start(directory, join(folder, 'staging'), recordOf(note))
  return directory
}

function recordOf(note: string) {
  return {
    auth: null,
    data: { note },
    expiry: null,
    createdAt: 0,
    lastSeenAt: 0,
    expiresAt: 8_640_000_000_000_000,
    absoluteExpiresAt: null,
  }
}
