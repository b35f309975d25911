import type { Family, Labels, Series, Snapshot } from './declared.ts'

/** The media type of what `renderText` makes: the text format of Prometheus, 0.0.4, which every scraper reads. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** The metrics as Prometheus reads them. A metric without a series is left out. */
export function renderText(snapshot: Snapshot): string {
  return snapshot
    .filter(({ series }) => series.length > 0)
    .map((family) => {
      const { name, type, says, series } = family
      const lines = series.flatMap((one) => linesOf(family, one))
      return `# HELP ${name} ${escapeHelp(says)}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`
    })
    .join('')
}

function linesOf({ name, bounds = [] }: Family, { labels, value, counts }: Series): string[] {
  const pairs = pairsOf(labels)
  const braced = pairs === '' ? '' : `{${pairs}}`
  if (counts === undefined) return [`${name}${braced} ${number(value)}`]
  const before = pairs === '' ? '' : `${pairs},`
  let sum = 0
  const buckets = counts.map((count, at) => {
    sum += count
    return `${name}_bucket{${before}le="${at < bounds.length ? bounds[at] : '+Inf'}"} ${sum}`
  })
  return [...buckets, `${name}_sum${braced} ${number(value)}`, `${name}_count${braced} ${sum}`]
}

function pairsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')
}

function escapeLabel(text: string): string {
  if (!/[\\"\n]/.test(text)) return text
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function number(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
