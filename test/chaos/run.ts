import { setTimeout as sleep } from 'node:timers/promises'
import { check } from './checker.ts'
import { age, deploy, recheck } from './deployment.ts'
import type { Plan } from './deployment.ts'
import { read } from './documents.ts'
import type { History, Violation } from './history.ts'
import { identityOf } from './identity.ts'
import { noteLacks } from './lacks.ts'
import { live } from './life.ts'
import type { Stage } from './life.ts'
import { prompt } from './late-streams.ts'
import { isReady } from './node.ts'
import type { Node, NodeOptions } from './node.ts'
import { enrol, openDesk } from './people.ts'
import { createChance } from './random.ts'
import { troublesOfNode } from './process-faults.ts'
import { createRecorder } from './recorder.ts'
import { troublesOfStores } from './store-faults.ts'
import { trouble } from './trouble.ts'

/** What is run, and for how long. */
export interface Storm extends Plan {
  readonly seed: number
  /** How long things go wrong, in milliseconds. */
  readonly duration: number
  /** How many visitors there are at a time. */
  readonly visitors: number
  /** Is nothing disturbed, and does no stream look by itself? Then it is the word of an end that ends a stream, in time. */
  readonly isCalm?: boolean
  /** Once it is aborted, the run is over before its time: what has happened is checked all the same. */
  readonly signal?: AbortSignal
  /** Told now and then how far the run has come. */
  readonly onProgress?: (line: string) => void
  readonly openPrint?: NodeOptions['openPrint']
}

/** What came of it. */
export interface Aftermath {
  readonly storm: Storm
  readonly history: History
  readonly violations: readonly Violation[]
  /** What the processes complained of, by the line's message: how often. */
  readonly complaints: ReadonlyMap<string, number>
}

/** Runs visitors, staff and faults against real processes, heals everything, looks at what is left, and checks it all. */
export async function storm(options: Storm): Promise<Aftermath> {
  const { seed, duration, visitors, isCalm = false, signal, openPrint, onProgress } = options
  const chance = createChance(seed)
  const interval = isCalm ? age : recheck
  const deployment = await deploy(options, {
    settings: { SESSION_RECHECK_INTERVAL: `${interval / 1000}` },
    ...(openPrint && { openPrint }),
  })
  try {
    const { nodes } = deployment
    const troubles = isCalm
      ? []
      : [...nodes.flatMap(troublesOfNode), ...troublesOfStores(deployment)]
    const people = await enrol(nodes[0] as Node, 10)
    const recorder = createRecorder(identityOf(options.engine))
    const machine = isCalm ? noteLacks(recorder.now) : null
    const isOver = () => recorder.now() > duration || signal?.aborted === true
    const stage: Stage = { recorder, nodes, streams: new Set(), people, desk: openDesk(), isOver }
    const tell = (doing: string) => {
      const { operations, faults } = recorder
      const seconds = Math.round(recorder.now() / 1000)
      onProgress?.(
        `${seconds} s: ${operations.length} operations, ${faults.length} faults; ${doing}`,
      )
    }
    const telling = setInterval(() => tell('all goes on'), 30_000).unref()
    const lives = Array.from({ length: visitors }, async () => {
      const own = chance.fork()
      while (!isOver()) await live(stage, own)
    })
    const unmended = await trouble(troubles, chance.fork(), recorder.faults, {
      now: recorder.now,
      isOver,
    })
    const healed = recorder.now()
    clearInterval(telling)
    tell('all is right again')
    await Promise.all(lives)
    const late = await Promise.all(nodes.map((node) => isReady(node, 30_000)))
    tell('looking at every session')
    await look(stage)
    tell('waiting for the streams')
    // Time for streams to see the last ends.
    await sleep(isCalm ? prompt + 1000 : 2 * recheck + 3000)
    for (const stream of stage.streams) stream.leave()
    await sleep(100)
    machine?.stop()
    const { operations, streams, faults } = recorder
    const limit = interval + 4000
    const history: History = {
      operations,
      streams,
      faults,
      age,
      healed,
      recheck: limit,
      ...(machine && { lacks: machine.lacks }),
      keepsRecords: options.engine !== 'signed-cookies',
      hasRows: options.engine === 'database' || options.engine === 'cached-database',
    }
    const violations = [
      ...check(history),
      ...late.flatMap(stillDown),
      ...unmended.map((error) => notMended(String(error))),
    ]
    const lasted = Math.min(duration, Math.round(healed / 1000) * 1000)
    return {
      storm: { ...options, duration: lasted },
      history,
      violations,
      complaints: complaintsOf(nodes),
    }
  } finally {
    await deployment.close()
  }
}

/** Looks once more at every session that there ever was, and again where the look was not answered: a busy machine may refuse some. */
async function look({ recorder, nodes }: Stage): Promise<void> {
  const cookies = [...recorder.cookies]
  const readers = Array.from({ length: 8 }, async (_, at) => {
    for (let each = at; each < cookies.length; each += 8) {
      const node = nodes[each % nodes.length] as Node
      for (let tries = 0; tries < 5; tries++) {
        const cookie = cookies[each] ?? null
        const { operation } = await recorder.ask({ ...read, node, cookie })
        if (operation.outcome === 'done') break
        await sleep(500)
      }
    }
  })
  await Promise.all(readers)
}

function stillDown(isUp: boolean, at: number): Violation[] {
  if (isUp) return []
  const message = `Process ${at} is not ready half a minute after everything is right again.`
  return [{ rule: 'what is mended is used again', message, session: '', operations: [] }]
}

/** No promise of the server: the run itself could not put something right. */
function notMended(message: string): Violation {
  return { rule: 'what is disturbed can be mended', message, session: '', operations: [] }
}

function complaintsOf(nodes: readonly Node[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of nodes.flatMap(({ complaints }) => complaints)) {
    const message = /"msg":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line
    const known = message.replace(/[0-9a-f]{64}/g, '…').replace(/\d+/g, 'n')
    counts.set(known, (counts.get(known) ?? 0) + 1)
  }
  return counts
}
