import { createHash } from 'node:crypto'
import { MemcacheClient } from 'memcache-client'
import type { PackedData } from 'memcache-client'
import { SessionTooLarge } from '../refusal.ts'

/** A value that Memcached has, and the mark of its present state, which a swap must name. */
export interface Held {
  readonly text: string
  readonly mark: string
}

/**
 * Talk with the one server that keeps a key. Every call rejects where it is not answered in time, and with
 * `SessionTooLarge` where the server refuses the text for its size: then what was there still is.
 */
export interface Exchange {
  /** What the server has under the key; null where that is nothing. */
  get(): Promise<Held | null>
  /** Stores where there is nothing yet, and says whether it did. */
  add(text: string, lifetime: number): Promise<boolean>
  /** Stores over the state `mark`, and over no other. A negative `lifetime` ends the value instead. */
  swap(text: string, lifetime: number, mark: string): Promise<'done' | 'changed' | 'missing'>
  /** Removes whatever there is. */
  remove(): Promise<void>
}

/** The Memcached servers of one address, connected to when they are first needed and whenever they are back. */
export interface Servers {
  /** Opens an exchange about `key`, whose calls together take at most the time limit. */
  about(key: string): Exchange
  close(): void
}

/**
 * The servers of `memcached://host:port,host:port`, each asked at most `timeout` milliseconds. Throws where the address
 * is none.
 */
export function openServers(address: string, timeout: number): Servers {
  const servers = parseServers(address).map((name) => ({ name, client: connect(name, timeout) }))
  return {
    about(key) {
      const { name, client } = servers.reduce((one, other) =>
        weight(other.name, key) > weight(one.name, key) ? other : one,
      )
      return exchange(client, name, key, performance.now() + timeout)
    },
    close() {
      for (const { client } of servers) client.shutdown()
    },
  }
}

function parseServers(address: string): string[] {
  const names = /^memcached:\/\/([^/]+)\/?$/.exec(address)?.[1]?.split(',') ?? ['']
  const servers = names.map((name) => {
    const [, host, port = '11211'] = /^([\w.-]+)(?::(\d{1,5}))?$/.exec(name) ?? []
    // The address is not repeated: someone may have written a password into it.
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
      throw new Error('A Memcached address reads memcached://host:port,host:port.')
    return `${host}:${Number(port)}`
  })
  return [...new Set(servers)]
}

function connect(server: string, timeout: number): MemcacheClient {
  // These drop a connection that hangs, a moment after our own limit has rejected the calls that wait for it.
  return new TextClient({ server, cmdTimeout: timeout, connectTimeout: timeout, noDelay: true })
}

/** Every value is text, whatever its flags say: those of another program would make the client inflate it, and fail. */
class TextClient extends MemcacheClient {
  override _unpackValue({ data }: PackedData): string {
    return data.toString()
  }
}

/**
 * Rendezvous hashing: the heaviest server keeps the key. Every process agrees, in whatever order it lists the servers,
 * and a new server takes over only its share. A server that is down keeps its keys: another in its place would know
 * nothing of them, and the old one would come back with sessions that were logged out meanwhile.
 */
function weight(server: string, key: string): number {
  return createHash('sha256').update(`${server} ${key}`).digest().readUIntBE(0, 6)
}

function exchange(client: MemcacheClient, server: string, key: string, deadline: number): Exchange {
  return {
    async get() {
      const found: { value: string; casUniq: string | number } | undefined = await inTime(
        client.gets<string>(key),
      )
      return found === undefined ? null : { text: found.value, mark: String(found.casUniq) }
    },

    async add(text, lifetime) {
      return (await verdict(client.add(key, text, { lifetime }))) === 'STORED'
    },

    async swap(text, lifetime, mark) {
      const answer = await verdict(client.cas(key, text, { lifetime, casUniq: mark }))
      if (answer === 'STORED') return 'done'
      return answer === 'NOT_FOUND' ? 'missing' : 'changed'
    },

    async remove() {
      await verdict(client.delete(key))
    },
  }

  /** The word that the server answered. What is no answer, such as a lost connection, rejects. */
  async function verdict(call: Promise<string[]>): Promise<string | undefined> {
    try {
      return (await inTime(call))[0]
    } catch (error) {
      const [word, ...rest] = answerIn(error)
      if (word === 'NOT_STORED' || word === 'EXISTS' || word === 'NOT_FOUND') return word
      if (word === 'SERVER_ERROR' && rest.join(' ').startsWith('object too large'))
        throw new SessionTooLarge(await largestItem())
      throw error
    }
  }

  async function largestItem(): Promise<number> {
    const settings = await inTime(client.cmd<{ STAT?: string[][] }>('stats settings'))
    return Number(settings.STAT?.find(([name]) => name === 'item_size_max')?.[1] ?? 1_048_576)
  }

  async function inTime<Answer>(call: Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Error('no answer in time')), deadline - performance.now())
    })
    try {
      return await Promise.race([call, late])
    } catch (cause) {
      throw new Error(`Memcached at ${server}: ${(cause as Error).message}`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }
}

/** What the server answered, where the client made an error of it; nothing where there was no answer. */
function answerIn(error: unknown): string[] {
  const cause = error instanceof Error ? error.cause : null
  return cause instanceof Error && 'cmdTokens' in cause ? (cause.cmdTokens as string[]) : []
}
