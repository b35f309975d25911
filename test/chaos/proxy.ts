import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A stretch of network between one process and what it depends on, in both directions, on a loopback port of its own. */
export interface Proxy {
  readonly port: number
  /** Where connections lead from now on. Those that there are stay where they are. */
  lead(port: number): void
  /** Breaks every connection and refuses new ones, until it heals. */
  cut(): void
  /** Passes nothing on and says nothing, as a cable that is pulled: what is sent meanwhile arrives once it heals. */
  stall(): void
  /** Passes everything on so many milliseconds later. */
  delay(milliseconds: number): void
  heal(): void
  /** Breaks every connection, once. */
  reset(): void
  close(): Promise<void>
}

/** Which connections are disturbed: all of them, or those that a client has begun to use for something. */
export interface ProxyOptions {
  /** What a client says on the connections that are disturbed, such as /LISTEN/. The others pass. */
  readonly only?: RegExp
  /** The address of this machine that it listens at; loopback by default. */
  readonly host?: string
}

/** Opens a proxy to `port` of this machine. */
export async function openProxy(
  port: number,
  { only, host = '127.0.0.1' }: ProxyOptions = {},
): Promise<Proxy> {
  let target = port
  let state: 'whole' | 'cut' | 'stalled' = 'whole'
  let lag = 0
  const links = new Set<Link>()

  const server = createServer({ noDelay: true }, (client) => {
    if (state === 'cut' && only === undefined) {
      client.resetAndDestroy()
      return
    }
    const link = createLink(client, connect({ port: target, host: '127.0.0.1', noDelay: true }))
    links.add(link)
  })
  await new Promise<void>((done) => server.listen(0, host, done))

  interface Link {
    isMeant: boolean
    destroy(): void
    /** Passes on what has waited. */
    flush(): void
  }

  function createLink(client: Socket, far: Socket): Link {
    const ways: Way[] = []
    const link: Link = {
      isMeant: only === undefined,
      destroy() {
        links.delete(link)
        for (const way of ways) way.stop()
        client.destroy()
        far.destroy()
      },
      flush: () => ways.forEach((way) => way.go()),
    }
    const join = (from: Socket, to: Socket) => {
      const way = createWay(() => ({
        isStalled: link.isMeant && state === 'stalled',
        lag: link.isMeant ? lag : 0,
      }))
      ways.push(way)
      from.on('data', (chunk: Buffer) => {
        if (!link.isMeant && from === client && only?.test(chunk.toString('latin1'))) {
          link.isMeant = true
          if (state === 'cut') return link.destroy()
        }
        way.pass(() => void to.write(chunk))
      })
      from.on('end', () => way.pass(() => void to.end()))
      from.on('error', () => link.destroy())
      from.on('close', () => way.pass(() => link.destroy()))
    }
    join(client, far)
    join(far, client)
    return link
  }

  const broken = () => {
    for (const link of links) if (link.isMeant) link.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    lead: (to) => void (target = to),
    cut() {
      state = 'cut'
      broken()
    },
    stall: () => void (state = 'stalled'),
    delay: (milliseconds) => void (lag = milliseconds),
    heal() {
      state = 'whole'
      lag = 0
      for (const link of links) link.flush()
    },
    reset: broken,
    async close() {
      const closed = new Promise((done) => server.close(done))
      for (const link of links) link.destroy()
      await closed
    },
  }
}

/** One direction of a connection. What is passed stays in order, however the delay changes. */
interface Way {
  pass(what: () => void): void
  /** Goes on with what waits, as far as it is due. */
  go(): void
  stop(): void
}

function createWay(state: () => { isStalled: boolean; lag: number }): Way {
  const queue: { due: number; what: () => void }[] = []
  let timer: NodeJS.Timeout | undefined
  const way: Way = {
    pass(what) {
      queue.push({ due: performance.now() + state().lag, what })
      way.go()
    },
    go() {
      clearTimeout(timer)
      const { isStalled, lag } = state()
      while (!isStalled && queue[0] && (lag === 0 || queue[0].due <= performance.now()))
        queue.shift()?.what()
      const [next] = queue
      if (next && !isStalled) timer = setTimeout(way.go, Math.ceil(next.due - performance.now()))
    },
    stop() {
      clearTimeout(timer)
      queue.length = 0
    },
  }
  return way
}
