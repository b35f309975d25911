import type { Node } from './node.ts'
import type { Proxy } from './proxy.ts'
import type { Chance } from './random.ts'
import { troublesOfProgram, whileOf } from './trouble.ts'
import type { Trouble } from './trouble.ts'

/** What can befall one process, its workers, and its ways to what it depends on. */
export function troublesOfNode(node: Node): Trouble[] {
  const on = `process ${node.index}`
  return [
    ...troublesOfProgram(on, node),
    {
      name: `${on} is restarted`,
      on,
      async strike() {
        await node.stop()
        await node.start()
      },
    },
    ...ofWorkers(node, on),
    ...ofNetwork(node.database, `${on} to the database`),
    ...ofNetwork(node.cache, `${on} to the cache`),
  ]
}

/** What befalls one worker of a process that has several, while the others go on. */
function ofWorkers(node: Node, on: string): Trouble[] {
  if (!node.hasWorkers) return []
  const pick = (chance: Chance) => {
    const pids = node.workers()
    return pids.length === 0 ? null : chance.pick(pids)
  }
  return [
    {
      name: `a worker of ${on} is killed`,
      on,
      async strike(chance) {
        const pid = pick(chance)
        if (pid !== null) signal(pid, 'SIGKILL')
        await whileOf(chance, 2000)
      },
    },
    {
      name: `a worker of ${on} is stopped in its tracks`,
      on,
      async strike(chance) {
        const pid = pick(chance)
        if (pid === null) return
        signal(pid, 'SIGSTOP')
        await whileOf(chance)
        signal(pid, 'SIGCONT')
      },
    },
  ]
}

/** A worker may have ended by itself since it was picked. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function ofNetwork(proxy: Proxy | null, on: string): Trouble[] {
  if (proxy === null) return []
  const way = (name: string, begin: (chance: Chance) => void): Trouble => ({
    name: `the way of ${on} ${name}`,
    on,
    async strike(chance) {
      begin(chance)
      await whileOf(chance)
      proxy.heal()
    },
  })
  return [
    way('is cut', () => proxy.cut()),
    way('stalls', () => proxy.stall()),
    way('is slow', (chance) => proxy.delay(chance.between(20, 200))),
    { name: `the connections of ${on} break`, on, strike: async () => proxy.reset() },
    {
      // What was sent on the way is never answered, and the connections break without a word.
      name: `the way of ${on} stalls, and breaks`,
      on,
      async strike(chance) {
        proxy.stall()
        await whileOf(chance)
        proxy.cut()
        proxy.heal()
      },
    },
  ]
}
