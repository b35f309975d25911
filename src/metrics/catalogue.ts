import { ofProcess } from './catalogue-of-process.ts'
import { ofSessions } from './catalogue-of-sessions.ts'
import { ofTraffic } from './catalogue-of-traffic.ts'
import type { Declared } from './declared.ts'

/** A group of metrics, as an operator reads of them. */
export interface MetricGroup {
  readonly title: string
  readonly metrics: Readonly<Record<string, Declared>>
}

/** Every metric of this server. */
export const metricGroups: readonly MetricGroup[] = [
  { title: 'Requests, the store and the roster', metrics: ofTraffic },
  { title: 'Logins and sessions', metrics: ofSessions },
  { title: 'The process, and what it depends on', metrics: ofProcess },
]
