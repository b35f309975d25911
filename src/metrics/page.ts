import { metricGroups } from './catalogue.ts'
import type { Declared } from './declared.ts'

/** What docs/metrics.md says, in Markdown whose tables are not lined up. */
export function metricsPage(): string {
  const tables = metricGroups.flatMap(({ title, metrics }) => [
    `## ${title}`,
    '',
    '| metric | type, labels | what it says | when to worry |',
    '| --- | --- | --- | --- |',
    ...Object.values(metrics).map(rowOf),
    '',
  ])
  return [
    '# Metrics',
    '',
    'With `METRICS_PORT=9464` the server answers scrapers of Prometheus at `http://HOST:9464/metrics`, apart from the port that visitors reach. Left out, nothing is counted and no port is opened. There is no login: keep the port from the world, by a firewall, a NetworkPolicy, or an address that only scrapers reach (`METRICS_PORT=10.0.0.5:9464`). The server puts no session key, id, address or name of a user into a label. The name of an operation is what its caller wrote, at most 40 letters and digits, which no key and no id of a session fits into.',
    '',
    'A host serves the same where it likes ([library.md](library.md#metrics)), without the metrics of the process. With `WORKERS` there is one text for all of them, as of one process: what they count is added up, a figure marked _sum_ too, and of the others the text has the highest, or the _lowest_. Those marked _each_ tell of one process, and have a label `worker`. A sum does not fall when a worker ends: what it told last stays in it until the command ends. One that stops in order tells all that it has counted; of one that is killed the last second may be lost. A figure marked _shared_ is of the database, and every process says the same: over several servers take `max`, and no sum.',
    '',
    'The first sixty names of operations that a process meets have a series each, for as long as it runs, so that no series falls for any scraper. Any other operation counts by its first field, such as `{me}`, which a stranger cannot make up. A stranger who makes up sixty names right after a start takes the places until the next: all requests still count, by field. Each of `WORKERS` has sixty places of its own. Of series whose workers have all ended, the text shows the newest thousand of each metric. `(unnamed)` has requests that were refused before an operation was known, `(admin)` the pages of staff, `(probe)` `/health` and `/ready`, `(mounted)` what a host has mounted and no operation names, its `/admin` too, `(other)` the rest. A code is `ok`, or that of the first error, or `HTTP_404` and its like where an answer has none, or `CUT_OFF` where the client left before an answer began.',
    '',
    "A host's own routes, those of `withSession`, `fetchWithSession` and `session`, are in no metric of requests, whatever they answer: the host counts them as it counts its others. So `CoatcheckFaults`, `CoatcheckUnavailable` and `CoatcheckSlow` tell of the API and the pages of staff alone. The calls of those routes to the store and the roster, the sessions that they begin and end, and the dependencies that they need are counted, as everywhere.",
    '',
    'A dashboard for Grafana is in [deploy/grafana.json](../deploy/grafana.json), alerts are in [deploy/alerts.yml](../deploy/alerts.yml), and what to do about each in [runbook.md](runbook.md#alerts). Traces are below.',
    '',
    ...tables,
    '## Traces',
    '',
    'Where the process has registered a provider of [OpenTelemetry](https://opentelemetry.io) before the application is opened, and `@opentelemetry/api` is installed beside this package, each operation is a span, with the calls to store and roster and the hashes of its logins below it. What a stream looks at later is no part of its operation, and has no spans. Spans name operations and codes, and no key, id, user, variable or address. Without a provider nothing of it is loaded.',
    '',
    'This page is written by `npm run print-metrics` from `src/metrics/`, which declares each metric once.',
    '',
  ].join('\n')
}

function rowOf({ name, type, labels, says, worry, isShared, together }: Declared): string {
  const marks = [isShared && 'shared', together].filter(Boolean).map((mark) => `_${mark}_`)
  const kind = [type, ...labels.map((label) => `\`${label}\``), ...marks]
  return `| \`${name}\` | ${kind.join(', ')} | ${says} | ${worry} |`
}
