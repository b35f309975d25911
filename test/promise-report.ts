import type { Reporter, TestModule } from 'vitest/node'
import { readPromises } from './promise-table.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** The engine that a test, or all of a suite, runs on; without one it says nothing of engines. */
    engine?: string
  }
}

type Verdict = 'held' | 'NOT HELD' | 'not run'

/** Prints every promise with what its tests came to, on each engine that they ran on. */
export default class PromiseReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const verdicts = new Map<string, Map<string, Verdict>>()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        for (const id of test.tags) note(verdicts, id, test.meta().engine ?? '', test.result().state)
      }
    }
    let missing = 0
    for (const { id, rank, promise, shown } of readPromises()) {
      const engines = verdicts.get(id)
      if (engines === undefined) console.log(`${label(id, rank)} ${promise}\n         ${plain(shown)}`)
      for (const [engine, verdict] of engines ?? []) {
        console.log(`${label(id, rank)} ${promise} | ${engine || 'any engine'} | ${verdict}`)
        if (rank === 'M' && verdict !== 'held') missing++
      }
    }
    const all = [...verdicts.values()].flatMap((engines) => [...engines.values()])
    const count = (wanted: Verdict) => all.filter((verdict) => verdict === wanted).length
    console.log(
      `\n${verdicts.size} promises on their engines: ${count('held')} held, ${count('NOT HELD')} not held, ${count('not run')} not run`,
    )
    if (missing > 0) process.exitCode = 1
  }
}

/** One failure outweighs every success, and a success outweighs what was skipped. */
function note(
  verdicts: Map<string, Map<string, Verdict>>,
  id: string,
  engine: string,
  state: string,
): void {
  const engines = verdicts.get(id) ?? new Map<string, Verdict>()
  verdicts.set(id, engines)
  const before = engines.get(engine)
  if (state === 'failed' || before === 'NOT HELD') engines.set(engine, 'NOT HELD')
  else if (state === 'passed' || before === 'held') engines.set(engine, 'held')
  else engines.set(engine, 'not run')
}

function label(id: string, rank: string): string {
  return `${id.padEnd(4)} ${rank}  `
}

/** Markdown's links as a person reads them. */
function plain(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}
