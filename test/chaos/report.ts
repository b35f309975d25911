import { faultsDuring } from './fault-times.ts'
import type { History, Operation, Violation } from './history.ts'
import type { Aftermath } from './run.ts'

/** What came of a run, as a page of Markdown. */
export function reportOf({ storm, history, violations, complaints }: Aftermath): string {
  const { engine, database, cache, processes, workers = 1, seed, duration, visitors } = storm
  const store = engine.includes('cache') ? ` on ${cache}` : ''
  const sessions = new Set(history.operations.map(({ landed }) => landed)).size
  return [
    `## ${engine}${store}, users in ${database}: ${processes} processes${workers > 1 ? ` of ${workers} workers` : ''}, ${minutes(duration)}`,
    `Seed ${seed}, ${visitors} visitors at a time, ${sessions} sessions, ${history.operations.length} operations, ${history.streams.length} streams, ${history.faults.length} faults. **${violations.length === 0 ? 'No promise was broken.' : `${violations.length} violations.`}**`,
    table(['operation', 'done', 'refused', 'unknown'], outcomes(history)),
    table(
      ['latency of what was answered, ms', 'how many', 'median', '95 %', '99 %', 'longest'],
      latencies(history),
    ),
    table(
      ['fault', 'how often'],
      counted(history.faults.map(({ name }) => name.replace(/ \d+/, ''))),
    ),
    table(
      ['streams', 'how many'],
      counted(history.streams.map(({ how, reason }) => `${how}${reason ? ` ${reason}` : ''}`)),
    ),
    complaints.size === 0
      ? ''
      : table(
          ['warnings and errors in the logs', 'how often'],
          [...complaints]
            .sort((a, b) => b[1] - a[1])
            .slice(0, 20)
            .map(([line, count]) => [line.slice(0, 140), count]),
        ),
    ...violations.slice(0, 20).map((each) => storyOf(each, history)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const minutes = (duration: number) =>
  duration < 60_000 ? `${duration / 1000} seconds` : `${Math.round(duration / 6000) / 10} minutes`

function table(head: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function counted(names: string[]): (string | number)[][] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}

function outcomes({ operations }: History): (string | number)[][] {
  const kinds = [...new Set(operations.map(({ kind }) => kind))]
  return kinds.map((kind) => {
    const count = (outcome: Operation['outcome']) =>
      operations.filter((each) => each.kind === kind && each.outcome === outcome).length
    return [kind, count('done'), count('refused'), count('unknown')]
  })
}

function latencies(history: History): (string | number)[][] {
  const answered = history.operations.filter(
    ({ answered, outcome }) => answered !== null && outcome === 'done',
  )
  const groups = new Map<string, number[]>()
  for (const each of answered) {
    const struck = faultsDuring(history, each.sent, each.answered ?? 0)
    const names =
      struck.length === 0
        ? ['nothing is wrong']
        : struck.map(({ name }) => name.replace(/ \d+/, ''))
    for (const name of new Set(names)) {
      const known = groups.get(name) ?? []
      known.push((each.answered ?? 0) - each.sent)
      groups.set(name, known)
    }
  }
  return [...groups].map(([name, times]) => {
    times.sort((a, b) => a - b)
    const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)] ?? 0)
    return [name, times.length, at(0.5), at(0.95), at(0.99), at(1)]
  })
}

function storyOf({ rule, message, session, operations }: Violation, { faults }: History): string {
  const [first] = operations
  const near = faults
    .filter(({ from, to }) =>
      operations.some(({ sent, answered }) => from < (answered ?? sent) + 100 && sent - 100 < to),
    )
    .map(({ name, from, to }) => `- fault ${Math.round(from)}–${Math.round(to)}: ${name}`)
  return [
    `### Broken: ${rule}`,
    message,
    `Session ${session.slice(0, 12)}${first ? `, from ${Math.round(first.sent)}` : ''}:`,
    [...operations.map(lineOf), ...near].join('\n'),
  ].join('\n\n')
}

function lineOf(operation: Operation): string {
  const {
    id,
    kind,
    process,
    sent,
    answered,
    outcome,
    session,
    landed,
    user,
    target,
    detail,
    sight,
  } = operation
  const name = (text: string | null | undefined) => text?.slice(0, 12) ?? 'none'
  const parts = [
    `- ${Math.round(sent)}–${answered === null ? '?' : Math.round(answered)}: ${kind} ${id} at process ${process}, ${outcome}`,
    `session ${name(session)} → ${name(landed)}`,
    user && `user ${user}`,
    target && `target ${name(target)}`,
    detail,
    sight &&
      `saw ${name(sight.id)} ${sight.user ?? ''} ${sight.reason ?? ''} lines ${sight.lines.map(([write, count]) => (count === 1 ? write : `${write}×${count}`)).join(' ')}`,
  ]
  return parts.filter(Boolean).join('; ')
}
