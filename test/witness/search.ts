import type { Note } from './notes.ts'
import { welcome } from './secrets.ts'
import type { Secrets } from './secrets.ts'

/**
 * Every secret that one of `texts` holds, whole or, of a key, the first 16 characters; each with what stands around it
 * where it was found first.
 */
export function search(texts: readonly string[], secrets: Secrets): Map<string, string> {
  const starts = new Set([...secrets.keys].map((key) => key.slice(0, keyStart)))
  const words = wordsOf(secrets)
  const found = new Map<string, string>()
  for (const text of texts) {
    for (const [secret, at] of [...findKeys(text, starts), ...findWords(text, words)]) {
      if (!found.has(secret)) found.set(secret, text.slice(Math.max(0, at - 100), at + 100))
    }
  }
  return found
}

/** 96 bits of chance: enough to know a key by, and what remains of one that was cut short. */
const keyStart = 16

function* findKeys(text: string, starts: Set<string>): Generator<[secret: string, at: number]> {
  for (const { 0: run, index } of text.matchAll(/[\w-]{16,}/g)) {
    for (let at = 0; at + keyStart <= run.length; at++) {
      const start = run.slice(at, at + keyStart)
      if (starts.has(start)) yield [start, index + at]
    }
  }
}

function* findWords(text: string, words: RegExp): Generator<[secret: string, at: number]> {
  for (const { 0: word, index } of text.matchAll(words)) yield [word, index]
}

/** Passwords, secret keys and hashes of passwords, each as it is and as JSON writes it. */
function wordsOf({ passwords, others }: Secrets): RegExp {
  const words = [...passwords, ...others, '$argon2id$'].flatMap((word) => [
    word,
    JSON.stringify(word).slice(1, -1),
  ])
  const escaped = [...new Set(words)].map((word) => word.replaceAll(/[^\w\s]/g, String.raw`\$&`))
  return new RegExp(escaped.join('|'), 'g')
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
