import { randomBytes } from 'node:crypto'
import { parseId } from '../session/key.ts'
import type { SessionId } from '../session/key.ts'

/** What one process tells the others. `from` is the name of the sender: see `createSenderName`. */
export type Message =
  | { readonly kind: 'ids'; readonly from: string; readonly ids: readonly SessionId[] }
  /** Any session may have changed. */
  | { readonly kind: 'all'; readonly from: string }
  /** A heartbeat, by its number: its sender waits for it. */
  | { readonly kind: 'beat'; readonly from: string; readonly beat: number }

/** Makes up a name for this process, by which it knows its own messages: 11 characters. */
export function createSenderName(): string {
  return randomBytes(8).toString('base64url')
}

/** The longest message, in characters: as many bytes as PostgreSQL takes in a NOTIFY. */
const longest = 7999

/** The most ids of one message: so many fit into the longest, by 32 bytes each in base64url. */
export const mostIds = 180

/** Begins every message. A change of how messages are written needs another number, so that older processes ignore them. */
const version = 1

const letters = { ids: 's', all: 'a', beat: 'b' } as const

/** Writes a message of at most `mostIds` ids: `<version> <sender> <kind> <what>`. */
export function writeMessage(message: Message): string {
  const head = `${version} ${message.from} ${letters[message.kind]}`
  if (message.kind === 'all') return head
  if (message.kind === 'beat') return `${head} ${message.beat}`
  return `${head} ${Buffer.from(message.ids.join(''), 'hex').toString('base64url')}`
}

const written = /^1 ([\w-]{11}) (?:(a)|b (\d{1,15})|s ([\w-]+))$/

/** Reads a message; null for what `writeMessage` cannot have written. */
export function readMessage(text: unknown): Message | null {
  if (typeof text !== 'string' || text.length > longest) return null
  const [, from, all, beat, packed] = written.exec(text) ?? []
  if (from === undefined) return null
  if (all !== undefined) return { kind: 'all', from }
  if (beat !== undefined) return { kind: 'beat', from, beat: Number(beat) }
  const ids = unpack(packed ?? '')
  return ids && { kind: 'ids', from, ids }
}

function unpack(packed: string): SessionId[] | null {
  const hex = Buffer.from(packed, 'base64url').toString('hex')
  const ids = hex.match(/.{1,64}/g)?.map(parseId) ?? []
  return ids.length > 0 && ids.every((id) => id !== null) ? ids : null
}
