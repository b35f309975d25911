import cluster from 'node:cluster'
import { realpathSync } from 'node:fs'
import { createPromise } from '../waiting/open-promise.ts'
import { forkWorker } from './child.ts'
import type { Child, WorkerEnd } from './child.ts'
import { createHeartbeats } from './heartbeats.ts'
import type { Origins } from './messages.ts'
import { createRestarts, goodLife, signalOfGroup } from './restarts.ts'
import { createSwitchboard } from './switchboard.ts'
import type { Switchboard } from './switchboard.ts'

/** Workers cannot be kept alive: the first never came to serve, or all end as soon as they start. */
export class WorkersUnusable extends Error {
  /** What the last worker exited with, or 1. */
  readonly code: number

  constructor(message: string, { code }: WorkerEnd) {
    super(message)
    this.name = 'WorkersUnusable'
    this.code = code || 1
  }
}

/** How workers are started and stopped. */
export interface PrimaryOptions {
  readonly size: number
  readonly origins: Origins
  readonly log: Record<'info' | 'warn', (details: object, message: string) => void>
  /** How long a worker may take to stop before it is killed, in milliseconds. */
  readonly patience: number
  /** How often workers say that they are there, in milliseconds. One that hangs is silent for seven times as long, or for thirteen times where it has said nothing yet. */
  readonly beatEvery: number
}

/** The workers of one command, and what watches over them. */
export interface Primary extends Pick<Switchboard, 'ask' | 'hear'> {
  /** Where they serve, once each of them has started or failed to. Rejects with `WorkersUnusable`. */
  readonly serving: Promise<string>
  /** Rejects with `WorkersUnusable`, at any time. */
  readonly failed: Promise<never>
  /** Has every worker finish what is under way. Resolves when all have ended: true where all of them did so in order. */
  stop(): Promise<boolean>
  kill(): void
  /** The processes of the workers that have not ended. */
  pids(): ReadonlySet<number>
}

/** The place of a worker, which others take after it. */
interface Place {
  readonly number: number
  /** When its worker began to serve, in milliseconds of the process's clock; null: it does not serve. */
  servesSince: number | null
  /** Has a worker served here, or failed to? */
  hasTried: boolean
}

/**
 * Starts `size` workers on one port: the first alone, which prepares the database, and the others once it serves. One that
 * ends is replaced. The primary serves nothing itself.
 */
export function startPrimary(options: PrimaryOptions): Primary {
  const { size, origins, log, patience, beatEvery } = options
  // Node would else take each connection here and hand it on: docs/decisions/0050-workers.md.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  // The build of this process, which may have been started by a link: the link may lead to another build by now.
  const program = process.argv[1]
  cluster.setupPrimary({ args: ['worker'], ...(program && { exec: realpathSync(program) }) })
  const restarts = createRestarts()
  const switchboard = createSwitchboard()
  const heartbeats = createHeartbeats<Child>(beatEvery)
  const running = new Set<Child>()
  const pauses = new Set<NodeJS.Timeout>()
  const [first, ...others] = Array.from({ length: size }, (_, at): Place => {
    return { number: at + 1, servesSince: null, hasTried: false }
  }) as [Place, ...Place[]]
  const places = [first, ...others]
  const serving = createPromise<string>()
  const failed = createPromise<never>()
  const ended = createPromise<void>()
  let url: string | null = null
  let isStopping = false
  let wasInOrder = true
  setInterval(look, beatEvery).unref()
  start(first)
  return {
    serving: serving.promise,
    failed: failed.promise,
    async stop() {
      isStopping = true
      for (const pause of pauses) clearTimeout(pause)
      for (const child of running) child.stop()
      if (running.size > 0) await ended.promise
      return wasInOrder
    },
    kill() {
      isStopping = true
      for (const child of running) child.kill()
    },
    ask: switchboard.ask,
    hear: switchboard.hear,
    pids: () => new Set([...running].map(({ pid }) => pid ?? 0)),
  }

  function start(place: Place): void {
    const isFirst = url === null
    let isLeaving = false
    place.servesSince = null
    const child = forkWorker({
      begin() {
        heartbeats.hear(child, 'here')
        switchboard.add(child)
        return { kind: 'start', size, number: place.number, isFirst, origins, beatEvery }
      },
      hear(message) {
        heartbeats.hear(child, message.kind)
        if (message.kind === 'leaving') leave(message.hasFailed)
        else if (message.kind !== 'serving') switchboard.serve(child, message)
        else if (!isLeaving) serves(place, child, message.url)
      },
      whenEnded(end) {
        running.delete(child)
        switchboard.remove(child)
        heartbeats.forget(child)
        if (isStopping && end.code !== 0) wasInOrder = false
        if (isStopping || isLeaving) log.info({ worker: child.pid, ...end }, 'a worker has ended')
        else replace(place, child, end, 'a worker has ended, another takes its place')
        // At other times all may end at once, and others follow.
        if (isStopping && running.size === 0) ended.resolve()
      },
      patience,
    })
    running.add(child)
    heartbeats.expect(child)

    function leave(hasFailed: boolean): void {
      if (isLeaving || isStopping) return
      isLeaving = true
      heartbeats.forget(child)
      child.killLater()
      if (!hasFailed) return startAfter(signalOfGroup, place)
      // With the pauses of one that has died: each would else start the next one at once, for ever.
      const end = { code: 1, signal: null }
      replace(place, child, end, 'a worker has failed, another takes its place')
    }
  }

  /** One worker at a time: where the disk hangs, and not the worker, none ends, and the others are spared. */
  function look(): void {
    const hung = heartbeats.look(performance.now())
    if (hung === null || isStopping) return
    log.warn({ worker: hung.pid }, 'a worker hangs and is killed')
    hung.kill()
  }

  function serves(place: Place, child: Child, at: string): void {
    if (place.hasTried) log.info({ worker: child.pid }, 'a worker serves')
    place.servesSince = performance.now()
    if (url === null && !isStopping) for (const other of others) start(other)
    url ??= at
    tried(place, url)
  }

  function tried(place: Place, at: string): void {
    place.hasTried = true
    if (!isStopping && places.every(({ hasTried }) => hasTried)) serving.resolve(at)
  }

  function replace(place: Place, { pid }: Child, end: WorkerEnd, told: string): void {
    const { servesSince } = place
    place.servesSince = null
    if (url === null)
      return giveUp('No worker could start, and what was printed before says why.', end)
    const life = servesSince === null ? null : performance.now() - servesSince
    // Where the system has no process to give, those that serve are not at fault.
    const isWell = places.some(end.err ? ({ servesSince }) => servesSince !== null : isSteady)
    const pause = restarts.afterEnd(life, isWell)
    if (pause === null)
      return giveUp('Every worker ends as soon as it starts: what they printed says why.', end)
    log.warn({ worker: pid, ...end, pause }, told)
    tried(place, url)
    startAfter(pause, place)
  }

  function startAfter(pause: number, place: Place): void {
    place.servesSince = null
    const timer = setTimeout(() => {
      pauses.delete(timer)
      start(place)
    }, pause)
    pauses.add(timer)
  }

  function giveUp(sentence: string, end: WorkerEnd): void {
    for (const { reject } of [serving, failed]) reject(new WorkersUnusable(sentence, end))
  }
}

function isSteady({ servesSince }: Place): boolean {
  return servesSince !== null && performance.now() - servesSince >= goodLife
}
