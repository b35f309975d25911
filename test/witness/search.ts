import type { Note } from './notes.ts'
import { keyStart, welcome } from './secrets.ts'
import type { Secrets } from './secrets.ts'

/**
 * Every secret that one of `texts` holds, whole or, of a key, the first 16 characters; each with what stands around it
 * where it was found first.
 */
export function search(texts: readonly string[], secrets: Secrets): Map<string, string> {
  const starts = [...secrets.keys].map((key) => key.slice(0, keyStart))
  const find = createFinder([...starts, ...wordsOf(secrets)])
  const found = new Map<string, string>()
  for (const text of texts) {
    const bytes = Buffer.from(text)
    for (const [secret, at] of find(bytes)) {
      if (found.has(secret)) continue
      found.set(secret, bytes.toString('utf8', Math.max(0, at - 100), at + 100))
    }
  }
  return found
}

type Find = (bytes: Buffer) => Generator<[word: string, at: number]>

/**
 * Finds thousands of words of four bytes and more in one walk through a text: a run writes a hundred megabytes. Each place is
 * looked up by four bytes, first in a table where most places end.
 */
function createFinder(words: readonly string[]): Find {
  const table = new Uint8Array(65_536)
  const byStart = new Map<number, Buffer[]>()
  for (const word of new Set(words)) {
    const bytes = Buffer.from(word)
    const start = bytes.readInt32LE(0)
    table[placeOf(start)] = 1
    byStart.set(start, [...(byStart.get(start) ?? []), bytes])
  }

  return function* (bytes) {
    let start = 0
    for (let end = 0; end < bytes.length; end++) {
      start = (start >>> 8) | (bytes[end]! << 24)
      const at = end - 3
      if (table[placeOf(start)] === 0 || at < 0) continue
      for (const word of byStart.get(start) ?? [])
        if (bytes.subarray(at, at + word.length).equals(word)) yield [word.toString(), at]
    }
  }
}

function placeOf(start: number): number {
  return Math.imul(start, 0x9e3779b1) >>> 16
}

/** Passwords, secret keys and hashes of passwords, each as it is and as JSON writes it. */
function wordsOf({ passwords, others }: Secrets): string[] {
  return [...passwords, ...others, '$argon2id$'].flatMap((word) => [
    word,
    JSON.stringify(word).slice(1, -1),
  ])
}

/** A log, or what a process printed, without the welcome that shows the first password. */
export function readLog({ text }: Note): string {
  return text.toString().replaceAll(welcome, '\n')
}

/**
 * What a server sent over one connection: bodies whole, without the frames of their pieces; and no Set-Cookie, which is
 * where a key belongs.
 */
export function readAnswers({ text }: Note): string {
  const bytes = text
    .toString('latin1')
    .replaceAll(/^set-cookie:.*\r\n/gim, '')
    .replaceAll(/\r\n[0-9a-f]+\r\n/gi, '')
  return Buffer.from(bytes, 'latin1').toString()
}
