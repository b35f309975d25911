import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { readPromises } from './promise-table.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** The engine that a test, or all of a suite, runs on; without one it says nothing of engines. */
    engine?: string
  }
}

type Verdict = 'held' | 'NOT HELD' | 'not run' | `excepted: ${string}`

/** Prints every promise with what its tests came to, on each engine that they ran on. */
export default class PromiseReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const verdicts = new Map<string, Map<string, Verdict>>()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        for (const id of test.tags)
          note(verdicts, id, test.meta().engine ?? '', verdictOf(test.result()))
      }
    }
    let missing = 0
    for (const { id, rank, promise, shown } of readPromises()) {
      const engines = verdicts.get(id)
      if (engines === undefined)
        console.log(`${label(id, rank)} ${promise}\n         ${plain(shown)}`)
      for (const [engine, verdict] of engines ?? []) {
        console.log(`${label(id, rank)} ${promise} | ${engine || 'any engine'} | ${verdict}`)
        if (rank === 'M' && (verdict === 'NOT HELD' || verdict === 'not run')) missing++
      }
    }
    const all = [...verdicts.values()].flatMap((engines) => [...engines.values()])
    const count = (wanted: string) => all.filter((verdict) => verdict.startsWith(wanted)).length
    const tally = ['held', 'NOT HELD', 'excepted', 'not run'].map(
      (each) => `${count(each)} ${each}`,
    )
    console.log(`\n${verdicts.size} promises on their engines: ${tally.join(', ')}`)
    if (missing > 0) process.exitCode = 1
  }
}

/** One failure outweighs every success, and a success outweighs what was skipped. */
function note(
  verdicts: Map<string, Map<string, Verdict>>,
  id: string,
  engine: string,
  verdict: Verdict,
): void {
  const engines = verdicts.get(id) ?? new Map<string, Verdict>()
  verdicts.set(id, engines)
  const before = engines.get(engine)
  const stronger = [verdict, before ?? verdict].find(
    (each) => each === 'NOT HELD' || each === 'held',
  )
  if (before !== 'NOT HELD') engines.set(engine, stronger ?? verdict)
}

/** A test that its engine cannot pass is skipped with the reason, which is the exception that the engine declares. */
function verdictOf({ state, ...result }: ReturnType<TestCase['result']>): Verdict {
  if (state === 'failed') return 'NOT HELD'
  if (state === 'passed') return 'held'
  return 'note' in result && result.note ? `excepted: ${result.note}` : 'not run'
}

function label(id: string, rank: string): string {
  return `${id.padEnd(4)} ${rank}  `
}

/** Markdown's links as a person reads them. */
function plain(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}
