/** One series of a text of metrics. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a text of metrics holds. */
export interface Scrape {
  /** The type of each metric, by its name. */
  readonly types: ReadonlyMap<string, string>
  readonly samples: readonly Sample[]
  /** The value of the one series with this name and these labels; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[\d.e+-]+|NaN|[+-]Inf)$/
const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y

/** Reads the text format of Prometheus, 0.0.4. Throws for a line that breaks it, and for a series that comes twice. */
export function parseMetrics(text: string): Scrape {
  if (!text.endsWith('\n')) throw new Error('The text ends without a line break.')
  const types = new Map<string, string>()
  const seen = new Set<string>()
  const samples: Sample[] = []
  for (const row of text.slice(0, -1).split('\n')) {
    const [, of, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(row) ?? []
    if (of !== undefined && type !== undefined) {
      if (types.has(of)) throw new Error(`${of} comes twice.`)
      types.set(of, type)
      continue
    }
    if (row.startsWith('# HELP ')) continue
    const [, name, inBraces, value] = line.exec(row) ?? []
    if (name === undefined) throw new Error(`No line of metrics: ${row}`)
    const labels = labelsIn(inBraces ?? '')
    const key = name + JSON.stringify(Object.entries(labels).sort())
    if (seen.has(key)) throw new Error(`A series comes twice: ${row}`)
    seen.add(key)
    if (!types.has(name) && !types.has(name.replace(/_(bucket|sum|count)$/, '')))
      throw new Error(`Without a type: ${row}`)
    samples.push({ name, labels, value: Number(value?.replace('Inf', 'Infinity')) })
  }
  return {
    types,
    samples,
    value: (name, labels = {}) =>
      samples.find((sample) => {
        const own = Object.entries(sample.labels)
        return (
          sample.name === name &&
          own.length === Object.keys(labels).length &&
          own.every(([key, text]) => labels[key] === text)
        )
      })?.value,
  }
}

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  label.lastIndex = 0
  while (label.lastIndex < text.length) {
    const [, name, value] = label.exec(text) ?? []
    if (name === undefined || value === undefined) throw new Error(`No labels: ${text}`)
    labels[name] = value.replaceAll(/\\(.)/g, (_all, escaped: string) =>
      escaped === 'n' ? '\n' : escaped,
    )
  }
  return labels
}
