import type { Logger } from 'pino'
import { splitAddress } from '../../config/declared/addresses.ts'
import type { Config } from '../../config/config.ts'
import { ofProcess } from '../../metrics/catalogue-of-process.ts'
import { listenForScrapers } from '../../metrics/listener.ts'
import type { MetricsListener } from '../../metrics/listener.ts'
import { countsSubject, createSum, lastCountsSubject, metricsSubject } from '../../metrics/sum.ts'
import type { WorkerSnapshot } from '../../metrics/sum.ts'
import { renderText } from '../../metrics/text.ts'
import type { Primary } from '../../workers/primary.ts'

/** How long after their last answers workers are asked again for what they have counted, in milliseconds. */
const usualPause = 1_000

/** The metrics of all workers together. */
export interface WorkersMetrics extends MetricsListener {
  /** Says which `primary` has the workers. They are asked from now on. */
  of(primary: Pick<Primary, 'ask' | 'hear' | 'pids'>): void
}

/**
 * Opens METRICS_PORT for the metrics of all workers together, before there is a worker. Between scrapes it asks them for what
 * they have counted, `pause` milliseconds after the last answers. What a worker counts after its last answer is lost where it is
 * killed; one that stops in order tells what it has counted to the end. Rejects where the address cannot be had.
 */
export async function serveMetrics(
  metricsPort: string,
  { host: serverHost, workers: size }: Pick<Config, 'host' | 'workers'>,
  log: Logger,
  pause = usualPause,
): Promise<WorkersMetrics> {
  const address = { ...splitAddress(metricsPort), serverHost }
  const sum = createSum()
  let asked: Pick<Primary, 'ask' | 'pids'> | null = null
  const { name, type, says } = ofProcess.silentWorkers
  let turn: Promise<unknown> = Promise.resolve()
  const text = inTurn(async () => {
    const { snapshot, heard } = await ask(metricsSubject)
    const series = [{ labels: {}, value: size - heard }]
    return renderText([...snapshot, { name, type, says, series }])
  })
  const listener = await listenForScrapers({ ...address, log, text })
  log.info({ metrics: listener.url }, 'serving metrics')
  const keepCounts = inTurn(() => ask(countsSubject))
  let timer: NodeJS.Timeout
  let isClosed = false
  /** Where a worker hangs, its answer is waited for: no question follows meanwhile, and a scrape waits for one at the most. */
  const keepOn = () => {
    if (!isClosed) timer = setTimeout(() => void keepCounts().then(keepOn), pause).unref()
  }
  keepOn()
  return {
    ...listener,
    of(primary) {
      asked = primary
      primary.hear(lastCountsSubject, (last) => sum.keep(last as WorkerSnapshot))
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await listener.close()
    },
  }

  /** What the workers say, added up, and how many answered. Never rejects. All run the same release, so the form is known. */
  async function ask(subject: string) {
    const answers = ((await asked?.ask(subject)) ?? []) as readonly WorkerSnapshot[]
    const heard = new Set(answers.map(({ number }) => number)).size
    return { snapshot: sum.take(answers, asked?.pids() ?? new Set()), heard }
  }

  /** One question after the other: an older answer behind a newer one would look like a count that has begun anew. */
  function inTurn<Result>(work: () => Promise<Result>): () => Promise<Result> {
    return () => {
      const result = turn.then(work)
      turn = result.catch(() => {})
      return result
    }
  }
}
