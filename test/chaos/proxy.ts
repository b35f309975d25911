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
}

/** Opens a proxy to `port` of this machine. */
export async function openProxy(port: number, { only }: ProxyOptions = {}): Promise<Proxy> {
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
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))

  interface Link {
    isMeant: boolean
    destroy(): void
    /** Passes on what has waited. */
    flush(): void
  }

  function createLink(client: Socket, far: Socket): Link {
    const waiting: (() => void)[] = []
    const timers = new Set<NodeJS.Timeout>()
    const link: Link = {
      isMeant: only === undefined,
      destroy() {
        links.delete(link)
        for (const timer of timers) clearTimeout(timer)
        client.destroy()
        far.destroy()
      },
      flush: () => waiting.splice(0).forEach((pass) => pass()),
    }
    const pass = (what: () => void) => {
      if (link.isMeant && state === 'stalled') return void waiting.push(() => pass(what))
      if (!link.isMeant || (lag === 0 && timers.size === 0)) return what()
      const timer = setTimeout(() => {
        timers.delete(timer)
        // What was on its way when the network stalled waits with the rest.
        if (state === 'stalled') waiting.push(what)
        else what()
      }, lag)
      timers.add(timer)
    }
    client.on('data', (chunk: Buffer) => {
      if (only !== undefined && !link.isMeant && only.test(chunk.toString('latin1'))) {
        link.isMeant = true
        if (state === 'cut') return link.destroy()
      }
      pass(() => void far.write(chunk))
    })
    far.on('data', (chunk: Buffer) => pass(() => void client.write(chunk)))
    client.on('end', () => pass(() => void far.end()))
    far.on('end', () => pass(() => void client.end()))
    for (const socket of [client, far]) {
      socket.on('error', () => link.destroy())
      socket.on('close', () => pass(() => link.destroy()))
    }
    return link
  }

  const broken = () => {
    for (const link of [...links]) if (link.isMeant) link.destroy()
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
      for (const link of [...links]) link.flush()
    },
    reset: broken,
    async close() {
      const closed = new Promise((done) => server.close(done))
      for (const link of [...links]) link.destroy()
      await closed
    },
  }
}
