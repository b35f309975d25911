import type { Logger } from 'pino'
import { splitAddress } from '../../config/declared/addresses.ts'
import type { Config } from '../../config/config.ts'
import { ofProcess } from '../../metrics/catalogue-of-process.ts'
import { listenForScrapers } from '../../metrics/listener.ts'
import type { MetricsListener } from '../../metrics/listener.ts'
import { createSum, metricsSubject } from '../../metrics/sum.ts'
import type { WorkerSnapshot } from '../../metrics/sum.ts'
import { renderText } from '../../metrics/text.ts'
import type { Primary } from '../../workers/primary.ts'

/** Opens METRICS_PORT for the metrics of all workers together. Rejects where the address cannot be had. */
export async function serveMetrics(
  metricsPort: string,
  { host: own, workers: size }: Pick<Config, 'host' | 'workers'>,
  log: Logger,
  primary: Pick<Primary, 'ask' | 'pids'>,
): Promise<MetricsListener> {
  const { host, port } = splitAddress(metricsPort)
  const sum = createSum()
  const { name, type, says } = ofProcess.silentWorkers
  const text = async () => {
    // By the answerer of metrics.ts, in a process of the same release.
    const answers = (await primary.ask(metricsSubject)) as readonly WorkerSnapshot[]
    const snapshot = sum.take(answers, primary.pids())
    const value = size - new Set(answers.map(({ number }) => number)).size
    return renderText([...snapshot, { name, type, says, series: [{ labels: {}, value }] }])
  }
  const listener = await listenForScrapers({ host: host ?? own, port, log, text })
  log.info({ metrics: listener.url }, 'serving metrics')
  return listener
}
