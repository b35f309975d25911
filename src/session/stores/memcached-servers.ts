import { createHash } from 'node:crypto'
import { MemcacheClient } from 'memcache-client'
import { SessionTooLarge } from '../../refusals.ts'
import { inTime } from '../../waiting/in-time.ts'

/** A value in Memcached, and the mark of its present state, which a swap must name. */
export interface StoredText {
  readonly text: string
  readonly mark: string
}

/**
 * The calls to the one server that keeps a key. Each rejects where the server does not answer in time, and with
 * `SessionTooLarge` where the server finds the text too long and keeps what was there.
 */
export interface Exchange {
  /** What the server has under the key; null where that is nothing. Its text is empty where another program packed it. */
  get(): Promise<StoredText | null>
  /** Stores where there is nothing yet, and says whether it did. */
  add(text: string, lifetime: number): Promise<boolean>
  /** Replaces the state `mark`, and no other. A negative `lifetime` ends the value instead. */
  swap(text: string, lifetime: number, mark: string): Promise<'done' | 'changed' | 'missing'>
  /** Removes whatever there is. */
  remove(): Promise<void>
}

/** The Memcached servers of one address, connected to when they are first needed and whenever they are back. */
export interface Servers {
  /** Opens an exchange about `key`. All its calls together share the time limit. */
  about(key: string): Exchange
  close(): void
}

/**
 * The servers of `memcached://host:port,host:port`; each call takes `timeout` milliseconds at most. Throws where the address
 * is malformed.
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

/** The servers of `memcached://host:port,host:port`, each as `host:port`. Throws where the address is malformed. */
export function parseServers(address: string): string[] {
  const names = /^memcached:\/\/([^/]+)\/?$/.exec(address)?.[1]?.split(',') ?? ['']
  const servers = names.map((name) => {
    const [, host, port = '11211'] = /^([\w.-]+)(?::(\d{1,5}))?$/.exec(name) ?? []
    // The sentence does not repeat the address: the operator may have written a password into it.
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
      throw new Error('A Memcached address reads memcached://host:port,host:port.')
    return `${host}:${Number(port)}`
  })
  return [...new Set(servers)]
}

function connect(server: string, timeout: number): MemcacheClient {
  // The client drops a connection that hangs, a moment after our own limit has rejected the calls that wait for it.
  return new MemcacheClient({
    server,
    cmdTimeout: timeout,
    connectTimeout: timeout,
    noDelay: true,
    compressor: { compressSync: refuse, decompressSync: refuse },
  })
}

/** A value that another program wrote: its flags say compressed or JSON, and no value of ours is either. */
class NotOurs extends Error {}

function refuse(): never {
  throw new NotOurs('The value is compressed.')
}

/**
 * Rendezvous hashing: the heaviest server keeps the key. Processes agree, in whatever order they list the servers, and a new
 * server takes over only its share. A server that is down keeps its keys: another in its place would lack them, and the old
 * one would come back with sessions that had ended meanwhile.
 */
function weight(server: string, key: string): number {
  return createHash('sha256').update(`${server} ${key}`).digest().readUIntBE(0, 6)
}

function exchange(client: MemcacheClient, server: string, key: string, deadline: number): Exchange {
  return {
    async get() {
      const reading = client.gets<unknown>(key).catch((error: unknown) => {
        // The client unpacks by the flags. Where it cannot, it throws the error of JSON.parse, or ours.
        if (error instanceof SyntaxError || error instanceof NotOurs) return { value: null }
        throw error
      })
      const found: { value: unknown; casUniq?: string | number } | undefined =
        await answered(reading)
      if (found === undefined) return null
      const text = typeof found.value === 'string' ? found.value : ''
      return { text, mark: String(found.casUniq) }
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

  /** The word that the server answered. Rejects where there is no answer, such as for a lost connection. */
  async function verdict(call: Promise<string[]>): Promise<string | undefined> {
    try {
      return (await answered(call))[0]
    } catch (error) {
      const answer = answerIn(error)
      if (answer === 'NOT_STORED' || answer === 'EXISTS' || answer === 'NOT_FOUND') return answer
      if (answer.startsWith('SERVER_ERROR object too large'))
        throw new SessionTooLarge(await largestItem())
      throw error
    }
  }

  async function largestItem(): Promise<number> {
    const settings = await answered(client.cmd<{ STAT?: string[][] }>('stats settings'))
    return Number(settings.STAT?.find(([name]) => name === 'item_size_max')?.[1] ?? 1_048_576)
  }

  async function answered<Answer>(call: Promise<Answer>): Promise<Answer> {
    try {
      const told = call.then((answer) => ({ answer })) // undefined is an answer too: there is no such record
      const inTheEnd = await inTime(told, deadline - performance.now())
      if (inTheEnd === undefined) throw new Error('no answer in time')
      return inTheEnd.answer
    } catch (cause) {
      throw new Error(`Memcached at ${server}: ${(cause as Error).message}`, { cause })
    }
  }
}

/** What the client says of a failed call: the server's own words, in capitals, where there was an answer. */
function answerIn(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null
  return cause instanceof Error ? cause.message : ''
}
