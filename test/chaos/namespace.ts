import { execFileSync } from 'node:child_process'
import { programOrSkip } from '../programs.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** A network of its own for one process, with a cable to this machine and one to each server that it depends on. */
export interface Namespace {
  /** Words that come before a program, so that it runs in there. */
  readonly enter: readonly [string, ...string[]]
  /** The address that a process in there listens at, and is reached at from here. */
  readonly host: string
  /** Cables to the ports of this machine that were asked for, in that order. */
  readonly cables: readonly Cable[]
  close(): Promise<void>
}

/** A cable on which every packet can vanish: nothing is refused, nothing is acknowledged, and no connection ends. */
export interface Cable {
  /** Where the port is found from in there, as `address:port`. */
  readonly address: string
  /** Every packet vanishes, in both directions. */
  drop(): void
  heal(): void
}

const run = (program: string, ...words: string[]) =>
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })

/**
 * Whether this machine lets us make networks: it takes root, and `ip` and `tc` of Linux. False, with a line that names what is
 * missing, where it does not. Where the environment says REQUIRE_SERVICES=1, as CI does, a missing program is a failure.
 */
export function canMakeNetworks(): boolean {
  const [ip, tc] = [programOrSkip('ip'), programOrSkip('tc')]
  if (ip === null || tc === null) return false
  const name = `cc-try-${process.pid}`
  try {
    run('ip', 'netns', 'add', name)
    run('ip', 'netns', 'del', name)
    return true
  } catch {
    console.log('Only root may make networks: their tests are skipped.')
    return false
  }
}

let made = 0

/** Makes a namespace with a cable to each of `ports`. */
export async function openNamespace(ports: readonly number[]): Promise<Namespace> {
  const name = `cc-${process.pid}-${++made}`
  const inside = ['ip', 'netns', 'exec', name] as const
  run('ip', 'netns', 'add', name)
  run(...inside, 'ip', 'link', 'set', 'lo', 'up')
  const relays: Proxy[] = []

  async function close(): Promise<void> {
    // Its end of each cable goes with it, and ours with that.
    run('ip', 'netns', 'del', name)
    await Promise.all(relays.map((relay) => relay.close()))
  }

  function plug(at: number) {
    const net = `10.${200 + (process.pid % 50)}.${(process.pid * 7 + made) % 256}.${at * 4}`
    const [here, there] = [1, 2].map((last) => net.replace(/\d+$/, (base) => `${+base + last}`))
    const [ours, theirs] = [`cc${process.pid % 100_000}h${made}${at}`, `cc${made}${at}`]
    run('ip', 'link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', name)
    run('ip', 'addr', 'add', `${here}/30`, 'dev', ours)
    run(...inside, 'ip', 'addr', 'add', `${there}/30`, 'dev', theirs)
    run('ip', 'link', 'set', ours, 'up')
    run(...inside, 'ip', 'link', 'set', theirs, 'up')
    const ends = [
      { before: [], device: ours },
      { before: inside, device: theirs },
    ]
    const both = (...words: string[]) => {
      for (const { before, device } of ends) {
        const [program, ...rest] = [...before, 'tc', 'qdisc', words[0], 'dev', device, 'root']
        run(program as string, ...(rest as string[]), ...words.slice(1))
      }
    }
    return { here: here as string, there: there as string, both }
  }

  try {
    const front = plug(0)
    const cables: Cable[] = []
    for (const [at, port] of ports.entries()) {
      const { here, both } = plug(at + 1)
      const relay = await openProxy(port, { host: here })
      relays.push(relay)
      let isWhole = true
      cables.push({
        address: `${here}:${relay.port}`,
        // A bucket that holds one byte takes no packet.
        drop() {
          if (isWhole) both('add', 'tbf', 'rate', '8bit', 'burst', '1', 'limit', '1')
          isWhole = false
        },
        heal() {
          if (!isWhole) both('del')
          isWhole = true
        },
      })
    }
    return { enter: inside, host: front.there, cables, close }
  } catch (error) {
    await close()
    throw error
  }
}
